// Wakes the islands once they are needed, so that whoever signs in another way never downloads them.
//
// A browser without passkeys, as inside of apps, is told so without them.
if (data && !window.PublicKeyCredential) data.state = 'absent';
// The passkey comes into view, or the field that may offer one is touched.
if (find('details[open] [data-passkey],[data-unknown-credential]')) wake();
root?.closest('details')?.addEventListener('toggle', wake);
if (root) find('#email')?.addEventListener('focus', wake);
// The time is nearly over. A phone's timers stand still in a pocket.
const left = find('[data-seconds-left]')?.dataset.secondsLeft - 75;
const soon = performance.timeOrigin + left * 1e3;
if (soon) {
  setTimeout(wake, soon - Date.now());
  addEventListener('visibilitychange', () => Date.now() < soon || wake());
}
