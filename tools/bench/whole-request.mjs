// Whole requests, from the agent's start to the agent's token: start, link, page, passkey options, one
// touch that allows, outcome, token. Everything over HTTP, as a phone and a call centre do it.

import http from 'node:http';
import { Passkey } from './passkey.mjs';

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
const urlencoded = (fields) => new URLSearchParams(fields).toString();
const base64url = (text) => text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

/** One HTTP exchange; anything but the expected status is a fault of the benchmark or the server. */
function exchange(url, { method = 'GET', headers = {}, body, expected = 200 } = {}) {
  const { hostname, port, pathname, search } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = http.request({
      agent, method, port, path: pathname + search, host: '127.0.0.1', family: 4,
      headers: { Host: `${hostname}:${port}`, ...headers, ...(body && { 'Content-Length': Buffer.byteLength(body) }) },
    }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode !== expected) {
          reject(new Error(`${method} ${pathname} answered ${response.statusCode}: ${text.slice(0, 300)}`));
          return;
        }
        resolve({ headers: response.headers, text, json: () => JSON.parse(text) });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

const form = (url, fields, options = {}) => exchange(url, {
  method: 'POST',
  body: urlencoded(fields),
  ...options,
  headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...options.headers },
});
const json = (url, body, token, expected = 200) => exchange(url, {
  method: 'POST',
  body: JSON.stringify(body),
  expected,
  headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
});

class Cookies {
  #values = new Map();

  keep({ 'set-cookie': lines = [] }) {
    for (const line of lines) {
      const [pair] = line.split(';');
      const at = pair.indexOf('=');
      this.#values.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  get header() {
    return { Cookie: [...this.#values].map(([name, value]) => `${name}=${value}`).join('; ') };
  }
}

/** A customer of the demo's provider, with a passkey that is registered. */
async function customer({ site, provider, client }, number) {
  const token = (await form(`${provider}/oidc/token`, { grant_type: 'client_credentials', ...client }))
    .json().access_token;
  const email = `bench-${number}@example.com`;
  const user = (await json(`${provider}/v1/users`, { email }, token, 201)).json().result;
  await json(`${provider}/v1/users/${user.user_id}/emails/${encodeURIComponent(email)}/verify`, {}, token);
  const identifier = { identifier_type: 'user_id', identifier: user.user_id };
  const { code } = (await json(`${provider}/v1/auth/otp/send`, { channel: 'direct', ...identifier }, token)).json();
  const signedIn = (await json(`${provider}/v1/auth/otp/authenticate`, { passcode: code, ...identifier }, token)).json();

  const passkey = new Passkey();
  const begun = (await json(`${provider}/v1/auth/webauthn/register/start`,
    { client_id: client.client_id, username: email })).json();
  const options = begun.credential_creation_options;
  const made = passkey.create({
    challenge: base64url(options.challenge), rp: options.rp, user: { id: base64url(options.user.id) },
  }, site);
  const result = Buffer.from(JSON.stringify({
    webauthnSessionId: begun.webauthn_session_id, publicKeyCredential: made, userAgent: 'bench',
  })).toString('base64');
  await json(`${provider}/v1/auth/webauthn/register`, { webauthn_encoded_result: result }, signedIn.access_token);
  return { userId: user.user_id, passkey };
}

/** One request, from its start to the token. */
async function wholeRequest({ site, provider, client }, { userId, passkey }) {
  const started = (await form(`${provider}/oidc/backchannel`, {
    ...client, scope: 'openid', login_hint: userId, binding_message: 'CASE-4711',
    request_context: JSON.stringify({ channel: 'link', login_hint_type: 'user_id' }),
  })).json();

  const cookies = new Cookies();
  const opened = await exchange(started.link, { expected: 303 });
  cookies.keep(opened.headers);
  const page = new URL(opened.headers.location, site).href;
  const handle = new URL(page).pathname.split('/').pop();
  await exchange(page, { headers: cookies.header });

  const sameOrigin = { Origin: site, 'Sec-Fetch-Site': 'same-origin' };
  const offered = (await form(`${page}/passkey/options`, {}, { headers: { ...cookies.header, ...sameOrigin } })).json();
  const credential = passkey.get(offered.approve, site);
  const pressed = await form(`${page}/passkey`,
    { handle, credential: JSON.stringify({ session: offered.sessions.approve, credential }) },
    { headers: { ...cookies.header, ...sameOrigin }, expected: 303 });
  cookies.keep(pressed.headers);
  await exchange(new URL(pressed.headers.location, site).href, { headers: cookies.header });

  const token = (await form(`${provider}/oidc/token`, {
    ...client, grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id: started.auth_req_id,
  })).json();
  if (!token.access_token) throw new Error('the agent got no token');
}

/**
 * Whole requests of `customers` customers side by side for `seconds`: how many a second, and how long
 * one took, in milliseconds.
 */
export async function wholeRequests(server, { customers, seconds }) {
  const { client_id, client_secret } = await server.demo();
  const parties = {
    site: server.siteUrl, provider: server.providerUrl, client: { client_id, client_secret },
  };
  const people = [];
  for (let number = 0; number < customers; number += 1) people.push(await customer(parties, number));
  for (const person of people) await wholeRequest(parties, person);

  const started = performance.now();
  const end = started + seconds * 1_000;
  const took = [];
  await Promise.all(people.map(async (person) => {
    while (performance.now() < end) {
      const before = performance.now();
      await wholeRequest(parties, person);
      took.push(performance.now() - before);
    }
  }));
  const elapsed = (performance.now() - started) / 1_000;
  agent.destroy();
  took.sort((a, b) => a - b);
  const at = (share) => Math.round(took[Math.floor((took.length - 1) * share)]);
  return { perSecond: took.length / elapsed, median: at(0.5), p99: at(0.99) };
}
