// The desk's script: puts what the server sends where it belongs, counts time down, copies, and
// opens links in a phone-sized window. Without it the page works by forms and looking again.

const body = document.body;
// The words are the server's; a % stands where a number goes.
const say = body.dataset;
const language = document.documentElement.lang;
// The server's clock counts, not the machine's.
const ahead = Number(body.dataset.now) * 1000 - Date.now();
const now = () => Math.floor((Date.now() + ahead) / 1000);

const atTime = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const onDay = new Intl.DateTimeFormat(language, { weekday: 'long', day: 'numeric', month: 'long' });

function left(seconds) {
  const rest = Math.max(0, seconds);
  return `${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, '0')}`;
}

/** The large clock of a phone: as the messages below it count, without "AM" and "PM". */
function onPhone(time) {
  const digits = atTime.formatToParts(time).filter((part) => part.type !== 'dayPeriod');
  return digits.map((part) => part.value).join('').trim();
}

/** Writes a text only where it is another one, so that nothing is read out twice. */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function tick() {
  for (const element of document.querySelectorAll('[data-at]')) {
    write(element, atTime.format(Number(element.dataset.at) * 1000));
  }
  for (const element of document.querySelectorAll('[data-until]')) {
    write(element, say.sayLeft.replace('%', left(element.dataset.until - now())));
  }
  for (const element of document.querySelectorAll('[data-next]')) {
    const seconds = element.dataset.next - now();
    write(element, seconds > 0 ? say.sayNext.replace('%', seconds) : say.sayLooking);
  }
  for (const element of document.querySelectorAll('progress[data-end]')) {
    element.value = Math.max(0, element.dataset.end - now());
  }
  for (const element of document.querySelectorAll('[data-hour]')) {
    write(element, onPhone(now() * 1000));
  }
  for (const element of document.querySelectorAll('[data-day]')) {
    write(element, onDay.format(now() * 1000));
  }
}

/** Makes what the server rendered ready for a browser that runs script. */
function adopt(root) {
  if (navigator.clipboard) {
    for (const button of root.querySelectorAll('[data-copy]')) button.hidden = false;
  }
}

const shown = new Map();

/** The parts of a fragment: only those that changed are replaced, so that focus and hover stay. */
function parts(root) {
  return new Map([...root.querySelectorAll('[data-part]')].map((part) => [part.dataset.part, part]));
}

function skeleton(root) {
  return [...parts(root)].map(([name, part]) => `${name}:${part.tagName}`).join();
}

function remember(root) {
  shown.clear();
  for (const [name, part] of parts(root)) shown.set(name, part.outerHTML);
}

function showLive(html) {
  const live = document.getElementById('live');
  const sent = document.createElement('template');
  sent.innerHTML = html;
  const before = parts(live);
  if (skeleton(sent.content) !== skeleton(live)) {
    const focused = document.activeElement?.id;
    live.replaceChildren(sent.content.cloneNode(true));
    if (focused) document.getElementById(focused)?.focus();
  } else {
    for (const [name, part] of parts(sent.content)) {
      const old = before.get(name);
      if (shown.get(name) === part.outerHTML) continue;
      // The element itself stays, or a change of a live region would not be read out.
      for (const attribute of part.attributes) old.setAttribute(attribute.name, attribute.value);
      if (!part.querySelector('[data-part]')) old.innerHTML = part.innerHTML;
    }
  }
  remember(sent.content);
  adopt(live);
  tick();
}

function showPhone(html) {
  const phone = document.getElementById('phone');
  const known = new Set([...phone.querySelectorAll('li')].map((item) => item.id));
  phone.innerHTML = html;
  for (const item of phone.querySelectorAll('li')) {
    if (!known.has(item.id)) item.classList.add('new');
  }
  tick();
}

const lost = document.getElementById('lost');
let failures = 0;
let stream = null;
let next;

/**
 * A browser comes back by itself where a stream ends, and gives up for good where the answer is
 * none (a restarting proxy, a session that has ended): then we come back, and say so.
 *
 * Over HTTP/1.1 a browser has six connections to a host, for all tabs together: a hidden tab keeps
 * none, or the seventh would never load. A stream begins with how everything stands.
 */
function listen() {
  clearTimeout(next);
  if (stream || document.hidden) return;
  const events = new EventSource(`/desk/events?sides=${body.dataset.sides}`);
  stream = events;
  events.addEventListener('live', (event) => showLive(event.data));
  if (document.getElementById('phone')) {
    events.addEventListener('phone', (event) => showPhone(event.data));
  }
  // Only under `cargo leptos watch`: the style sheet has changed.
  events.addEventListener('style', (event) => {
    document.querySelector('link[rel=stylesheet]').href = event.data;
  });
  events.addEventListener('open', () => {
    failures = 0;
    lost.hidden = true;
  });
  events.addEventListener('error', () => {
    const over = events.readyState === EventSource.CLOSED;
    failures += 1;
    // One failure without an answer is the planned end of a stream.
    if (over || failures > 1) lost.hidden = false;
    // A page that has to sign in again can only be loaded anew.
    if (failures >= 4) lost.querySelector('a').hidden = false;
    if (over) {
      stream = null;
      next = setTimeout(listen, Math.min(30, 2 ** failures) * 1000);
    }
  });
}

function rest() {
  clearTimeout(next);
  stream?.close();
  stream = null;
}

if (document.getElementById('live')) {
  remember(document.getElementById('live'));
  listen();
  document.addEventListener('visibilitychange', () => (document.hidden ? rest() : listen()));
}

document.addEventListener('click', (event) => {
  const copy = event.target.closest('[data-copy]');
  if (copy) {
    const field = document.getElementById(copy.dataset.copy);
    navigator.clipboard.writeText(field.value).then(() => {
      copy.textContent = say.sayCopied;
      setTimeout(() => (copy.textContent = say.sayCopy), 2000);
    });
  }
  const plain = !(event.ctrlKey || event.metaKey || event.shiftKey);
  const link = event.target.closest('a[data-window]');
  if (link && plain) {
    event.preventDefault();
    const width = 400;
    const height = Math.min(820, screen.availHeight - 60);
    const start = screen.availLeft ?? 0;
    const place = Math.min(screenX + outerWidth, start + screen.availWidth - width);
    const size = `width=${width},height=${height},left=${place},top=${screenY + 30}`;
    open(link.href, '_blank', `popup,noopener,noreferrer,${size}`);
  }
  const chip = event.target.closest('a[data-fill]');
  if (chip && plain) {
    event.preventDefault();
    customer.value = chip.dataset.fill;
    guess();
    customer.focus();
  }
});

const customer = document.getElementById('customer');
const kind = document.getElementById('customer-type');
const hint = document.querySelector('[data-guess]');
const asked = hint?.textContent;

/** What comes along when a number is copied, and what a number without a country looks like. */
const invisible = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g;
const number = /^[\s()./[\]\u2010-\u2015-]*(\p{Nd}[\s()./[\]\u2010-\u2015-]*){5,}$/u;

/** Says what the server will take the customer for; the server decides. */
function guess() {
  const text = customer.value.replace(invisible, '').trim();
  let taken = say.sayUser;
  if (text.includes('@')) taken = say.sayEmail;
  else if (/^(\+|tel:)/i.test(text) || number.test(text)) taken = say.sayPhone;
  write(hint, text === '' || kind.value !== '' ? asked : taken);
}

if (customer) {
  customer.addEventListener('input', guess);
  kind.addEventListener('change', guess);
  guess();
}

// A form that is sent twice counts once anyway; this only shows that it is on its way.
document.addEventListener('submit', (event) => event.target.classList.add('sent'));

adopt(document);
tick();
setInterval(tick, 1000);
