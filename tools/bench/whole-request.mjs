// Whole requests, from the agent's start to the agent's token: start, link, page, passkey options, one
// touch that allows, outcome, token. Everything over HTTP, as a phone and a call centre do it.

import http from 'node:http';
import { cpuSeconds } from './load.mjs';
import { Passkey } from './passkey.mjs';

const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
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
  /** A browser in which a passkey was used before: one touch decides there. */
  #values = new Map([['passkey_used', '1']]);

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

/** A user who can be asked. */
async function verifiedUser(provider, token, email) {
  const user = (await json(`${provider}/v1/users`, { email }, token, 201)).json().result;
  await json(`${provider}/v1/users/${user.user_id}/emails/${encodeURIComponent(email)}/verify`, {}, token);
  return user;
}

/** A customer of the demo's provider, with a passkey that is registered. */
async function customer({ site, provider, client }, number) {
  const token = (await form(`${provider}/oidc/token`, { grant_type: 'client_credentials', ...client }))
    .json().access_token;
  const email = `bench-${number}@example.com`;
  const user = await verifiedUser(provider, token, email);
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

const sameOrigin = (site) => ({ Origin: site, 'Sec-Fetch-Site': 'same-origin' });

/** A request, as far as a customer who has opened its link and asked for a passkey's options. */
async function opened({ site, provider, client }, userId) {
  const started = (await form(`${provider}/oidc/backchannel`, {
    ...client, scope: 'openid', login_hint: userId, binding_message: 'CASE-4711',
    request_context: JSON.stringify({ channel: 'link', login_hint_type: 'user_id' }),
  })).json();
  const cookies = new Cookies();
  const answer = await exchange(started.link, { expected: 303 });
  cookies.keep(answer.headers);
  const page = new URL(answer.headers.location, site).href;
  await exchange(page, { headers: cookies.header });
  const headers = { ...cookies.header, ...sameOrigin(site) };
  const offered = (await form(`${page}/passkey/options`, {}, { headers })).json();
  return { started, cookies, page, offered };
}

/** Uses the passkey for a purpose: to sign in, or to decide. */
async function touch({ site }, { cookies, page, offered }, passkey, purpose) {
  const credential = passkey.get(offered[purpose], site);
  const handle = new URL(page).pathname.split('/').pop();
  const pressed = await form(`${page}/passkey`,
    { handle, credential: JSON.stringify({ session: offered.sessions[purpose], credential }) },
    { headers: { ...cookies.header, ...sameOrigin(site) }, expected: 303 });
  cookies.keep(pressed.headers);
  return new URL(pressed.headers.location, site).href;
}

/** One request, from its start to the token. */
async function wholeRequest(parties, { userId, passkey }) {
  const request = await opened(parties, userId);
  const next = await touch(parties, request, passkey, 'approve');
  await exchange(next, { headers: request.cookies.header });
  const token = (await form(`${parties.provider}/oidc/token`, {
    ...parties.client, grant_type: 'urn:openid:params:grant-type:ciba',
    auth_req_id: request.started.auth_req_id,
  })).json();
  if (!token.access_token) throw new Error('the agent got no token');
}

async function partiesOf(server) {
  const { client_id, client_secret } = await server.demo();
  return { site: server.siteUrl, provider: server.providerUrl, client: { client_id, client_secret } };
}

/** The decision page of a customer who has signed in, as the load generator's subject. */
export async function decisionPage(server) {
  const parties = await partiesOf(server);
  const { userId, passkey } = await customer(parties, 'decision');
  const request = await opened(parties, userId);
  const url = await touch(parties, request, passkey, 'sign-in');
  return { url, cookie: request.cookies.header.Cookie };
}

/** Requests that nobody decides, in the names of many customers: what their agents poll with. */
export async function pendingRequests(server, count) {
  const { provider, client } = await partiesOf(server);
  const perCustomer = 5;
  const forms = [];
  const token = (await form(`${provider}/oidc/token`, { grant_type: 'client_credentials', ...client }))
    .json().access_token;
  const make = async () => {
    while (forms.length < count) {
      const email = `pending-${globalThis.crypto.randomUUID()}@example.com`;
      const user = await verifiedUser(provider, token, email);
      for (let number = 0; number < perCustomer; number += 1) {
        const { auth_req_id } = (await form(`${provider}/oidc/backchannel`, {
          ...client, scope: 'openid', login_hint: user.user_id,
          request_context: JSON.stringify({ channel: 'link', login_hint_type: 'user_id' }),
        })).json();
        forms.push({ ...client, auth_req_id, grant_type: 'urn:openid:params:grant-type:ciba' });
      }
    }
  };
  await Promise.all(Array.from({ length: 64 }, make));
  return forms.slice(0, count);
}

/** So many customers, each with a passkey, and each with one request behind them. */
export async function enrolled(server, customers) {
  const parties = await partiesOf(server);
  const people = [];
  for (let number = 0; number < customers; number += 1) people.push(await customer(parties, `${customers}-${number}`));
  for (const person of people) await wholeRequest(parties, person);
  return people;
}

/**
 * Whole requests of `customers` customers, or of these `people`, side by side for `seconds`: how many a
 * second, and how long one took, in milliseconds.
 */
export async function wholeRequests(server, { customers, people, seconds }) {
  const parties = await partiesOf(server);
  people ??= await enrolled(server, customers);
  const spentBy = () => (server.pids ?? [server.pid]).reduce((sum, pid) => sum + cpuSeconds(pid), 0);
  const cpu = spentBy();
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
  const spent = spentBy() - cpu;
  agent.destroy();
  took.sort((a, b) => a - b);
  const at = (share) => Math.round(took[Math.floor((took.length - 1) * share)]);
  return { perSecond: took.length / elapsed, microseconds: spent * 1e6 / took.length, median: at(0.5), p99: at(0.99) };
}
