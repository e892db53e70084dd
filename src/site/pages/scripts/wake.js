// Wakes the islands, when the script that follows says so: `wake-idle.js` or `wake-needed.js`.
//
// A press on a passkey's button that comes earlier is held, shown as busy and left to the island
// (`front::passkey`); sent as it is, it would bring nothing back. Where the islands do not come or
// cannot run (an old browser, a lockdown, a network that breaks off) the buttons go, the page says
// so, and the other ways stay.
const find = (what) => document.querySelector(what);
const root = find('[data-passkey]');
const data = root?.dataset;
const sleeps = () => data && !('awake' in data);

const lost = () => {
  if (!sleeps() || data.state == 'away') return;
  data.state = 'away';
  root.ariaBusy = 'false';
  if (!root.closest('details')) find('details')?.setAttribute('open', '');
  if (data.asked) find('.said').focus();
  fetch(data.fault + '?what=no-wasm', { method: 'POST' }).catch(() => {});
};

let from;
const wake = async () => {
  if (from) return;
  from = find('[data-wasm]').dataset;
  try {
    const [module, wasm] = await Promise.all([import(from.module), fetch(from.wasm)]);
    await module.default({ module_or_path: wasm });
    module.hydrate();
    for (const island of document.querySelectorAll('leptos-island'))
      module[island.dataset.component]?.(island);
  } catch {
    lost();
  }
};

root?.addEventListener('submit', (event) => {
  if (!sleeps()) return;
  event.preventDefault();
  data.asked = event.target.dataset.purpose;
  data.state = 'busy';
  root.ariaBusy = 'true';
  setTimeout(lost, 1e4);
  wake();
});
