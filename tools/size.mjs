// What visits to the page load, in the bytes that are really sent, against the budgets: the first one
// of a browser, and one of a browser in which a passkey was used before, which loads the islands too. A
// first visit loads them once its person opens the passkeys (passkey.spec.ts holds that in a browser).

import zlib from 'node:zlib';
import { get, openLink, startDemoServer } from './demo-server.mjs';

// Bytes; a phone on a poor network pays for each of them before it shows anything.
const visits = [
  { name: 'a first visit', cookie: '', budgets: { html: 6_000, everything: 7_000 } },
  { name: 'a visit with a passkey', cookie: '; passkey_used=1', budgets: { html: 6_000, everything: 50_000 } },
];

const attribute = (tag, name) => {
  const match = tag.match(new RegExp(`\\s${name}=(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i'));
  return (match?.[1] ?? match?.[2] ?? match?.[3])?.replaceAll('&amp;', '&');
};
const all = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? match[0]);

function loadedByHtml(html) {
  const links = all(html, /<link\b[^>]*>/gi)
    .filter((tag) => /\b(stylesheet|preload|modulepreload|icon|manifest)\b/i.test(attribute(tag, 'rel') ?? ''))
    .map((tag) => attribute(tag, 'href'));
  const sources = all(html, /<(?:script|img|source|iframe)\b[^>]*>/gi)
    .map((tag) => attribute(tag, 'src'));
  // A browser asks for this one unbidden.
  const icon = /<link\b[^>]*\brel=["']?[^"'>]*icon/i.test(html) ? [] : ['/favicon.ico'];
  // The script that wakes the islands is told their wasm; it fetches it at once where the rest of them
  // is preloaded.
  const wasm = /<link\b[^>]*\brel=["']?modulepreload/i.test(html)
    ? all(html, /<script\b[^>]*>/gi).map((tag) => attribute(tag, 'data-wasm')) : [];
  return [...links, ...sources, ...icon, ...wasm];
}
const loadedByCss = (css) => [
  ...all(css, /url\(\s*["']?([^"')]+)["']?\s*\)/g),
  ...all(css, /@import\s+["']([^"']+)["']/g),
];
const loadedByScript = (script) =>
  all(script, /(?:\bfrom|\bimport)\s*\(?\s*["']([^"']+)["']/g);

const decoders = { br: zlib.brotliDecompressSync, gzip: zlib.gunzipSync };

async function load(url, cookie) {
  const { status, headers, body } = await get(url, { 'Accept-Encoding': 'br, gzip', Cookie: cookie });
  const encoding = headers['content-encoding'];
  const plain = encoding ? decoders[encoding](body) : body;
  const type = (headers['content-type'] ?? '').split(';')[0];
  const kind = /html/.test(type) ? 'html'
    : /javascript|wasm/.test(type) ? 'script and wasm'
      : /css/.test(type) ? 'style' : 'other';
  return { url, status, type, kind, encoding: encoding ?? '-', sent: body.length, plain };
}

async function visit(siteUrl, remembered) {
  const opened = await openLink(siteUrl);
  const page = opened.page;
  const cookie = opened.cookie + remembered;
  const document = await load(page, cookie);
  if (document.status !== 200 || document.kind !== 'html') {
    throw new Error(`the page answered ${document.status} ${document.type}`);
  }

  const loaded = [document];
  const seen = new Set([page]);
  for (const file of loaded) {
    const text = file.plain.toString();
    const references = file.kind === 'html' && file === document ? loadedByHtml(text)
      : file.kind === 'style' ? loadedByCss(text)
        : /javascript/.test(file.type) ? loadedByScript(text) : [];
    for (const reference of references) {
      if (!reference || /^(data|blob):|^#/.test(reference)) continue;
      const url = new URL(reference, file.url);
      url.hash = '';
      if (url.origin !== new URL(siteUrl).origin) {
        throw new Error(`${new URL(file.url).pathname} loads ${url.href} from somebody else`);
      }
      if (seen.has(url.href)) continue;
      seen.add(url.href);
      const next = await load(url.href, cookie);
      if (next.status !== 200 && url.pathname !== '/favicon.ico') {
        throw new Error(`${url.pathname} is loaded by the page and answers ${next.status}`);
      }
      // Such as the body of a "not found"; the budget for HTML is the page's own.
      if (next.kind === 'html') next.kind = 'other';
      loaded.push(next);
    }
  }

  // Islands come as wasm: a page that preloads them and none was not counted whole.
  const hydrates = /<link\b[^>]*\brel=["']?modulepreload/i.test(document.plain.toString());
  if (hydrates !== loaded.some((file) => file.type === 'application/wasm')) {
    throw new Error('the page wakes islands, and nothing names their wasm');
  }
  if (hydrates !== (remembered !== '')) {
    throw new Error(`the page ${hydrates ? 'wakes' : 'does not wake'} its islands at once`);
  }
  return loaded;
}

const number = (bytes) => bytes.toLocaleString('en-GB').padStart(9);
const sum = (files) => files.reduce((total, file) => total + file.sent, 0);

async function measure() {
  const server = await startDemoServer();
  try {
    const loaded = [];
    for (const { cookie } of visits) loaded.push(await visit(server.siteUrl, cookie));
    return loaded;
  } finally {
    await server.stop();
  }
}

const loaded = await measure().catch((error) => {
  console.error(`size: ${error.message}`);
  process.exit(1);
});

const width = Math.max(...loaded.flat().map(({ url }) => new URL(url).pathname.length));
for (const [index, files] of loaded.entries()) {
  const { name, budgets } = visits[index];
  const path = (file) => (file === files[0] ? '/request/…' : new URL(file.url).pathname);
  console.log(`${`${name} loads`.padEnd(width)}      sent     plain  encoding`);
  for (const file of files) {
    console.log(`${path(file).padEnd(width)} ${number(file.sent)} ${number(file.plain.length)}  ${file.encoding}`);
  }
  for (const [kind, most] of Object.entries(budgets)) {
    const sent = sum(kind === 'everything' ? files : files.filter((file) => file.kind === kind));
    const verdict = sent > most ? '  too much' : '';
    if (verdict) process.exitCode = 1;
    console.log(`${`${kind}, at most ${number(most).trim()}`.padEnd(width)} ${number(sent)}${verdict}`);
  }
  console.log();
}
