// Wakes the islands: where one of them is in view, when the browser has nothing better to do;
// everywhere else once they are needed, so that whoever signs in another way never downloads them.
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

let called;
const wake = async () => {
  if (called) return;
  called = true;
  try {
    const from = find('[data-wasm]').dataset;
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
  setTimeout(lost, 10000);
  wake();
});

if (find('[rel=modulepreload]')) {
  window.requestIdleCallback?.(wake) ?? wake();
} else {
  // The passkey comes into view, or the field that may offer one is touched.
  if (find('details[open] [data-passkey],[data-unknown-credential]')) wake();
  root?.closest('details')?.addEventListener('toggle', wake);
  if (root) find('[autocomplete$=webauthn]')?.addEventListener('focus', wake);
  // The time is nearly over. A phone's timers stand still in a pocket.
  const left = find('[data-seconds-left]')?.dataset.secondsLeft * 1e3;
  const soon = performance.timeOrigin + left - 75e3;
  if (soon) {
    setTimeout(wake, soon - Date.now());
    document.addEventListener('visibilitychange', () => Date.now() < soon || wake());
  }
}
