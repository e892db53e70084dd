// Opens a link again in which `&` was escaped as a number (`&#38;`) and stayed so: what stands
// behind it is the fragment, which only a browser sees. It goes nowhere but to the same page.
const { href, search, hash, pathname } = location;
const parts = href.split(/&?#(?:0*38|x0*26);/gi);

if (parts.length > 1) {
  const start = parts.shift();
  location.replace(start + (start.includes('?') ? '&' : '?') + parts.join('&'));
} else if (search.endsWith('&') && !hash) {
  location.replace(pathname + search.slice(0, -1));
}
