// Wakes the islands when the browser has nothing better to do, half a second after the page at the
// latest, and lets them come after everything that is seen.
//
// A press on a passkey's button that comes earlier is held, shown as busy and left to the island
// (`front::passkey`); sent as it is, it would bring nothing back. Where the islands do not come or
// cannot run (an old browser, a lockdown, a network that breaks off) the buttons go, the page says
// so, and the other ways stay.
const find = (what) => document.querySelector(what);
const root = find('[data-passkey]');
const data = root?.dataset;
const sleeps = () => root && !('awake' in data);

const lost = () => {
  if (!sleeps() || data.state == 'away') return;
  data.state = 'away';
  root.ariaBusy = 'false';
  if (!root.closest('details')) find('details')?.setAttribute('open', '');
  if (data.asked) find('.said').focus();
  fetch(data.fault + '?what=no-wasm', { method: 'POST' }).catch(() => {});
};

const wake = async () => {
  try {
    const [module, wasm] = await Promise.all([
      import(find('[rel=modulepreload]').href),
      fetch(find('[data-wasm]').dataset.wasm, { priority: 'low' }),
    ]);
    await module.default({ module_or_path: wasm });
    module.hydrate();
    for (const island of document.querySelectorAll('leptos-island'))
      module[island.dataset.component]?.(island);
  } catch (error) {
    lost();
    console.error(error);
  }
};

root?.addEventListener('submit', (event) => {
  if (!sleeps()) return;
  event.preventDefault();
  data.asked = event.target.dataset.purpose;
  data.state = 'busy';
  root.ariaBusy = 'true';
  setTimeout(lost, 10000);
});

window.requestIdleCallback?.(wake, { timeout: 500 }) ?? wake();
