// Says where no answer has come back for six seconds after a press: until it comes a browser shows the
// old page, as if nobody had pressed. To press again is safe: the answer counts once.
const slow = document.querySelector('[data-slow]');
const [said] = slow.children;
let timer;

slow.closest('form').addEventListener('submit', () => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    said.hidden = false;
    slow.scrollIntoView({ block: 'nearest' });
  }, 6000);
});
// Back, out of the browser's memory: nothing is on its way any more.
addEventListener('pageshow', () => {
  clearTimeout(timer);
  said.hidden = true;
});
