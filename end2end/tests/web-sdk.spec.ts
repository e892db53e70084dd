// Transmit's own web SDK, as it is published, on a page of an allowed origin against the embedded
// provider; what it makes is ended by the documented calls of a back end.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { expect, test as base, type Demo } from './support/test';
import type { Agent } from './support/agent';
import { VirtualAuthenticator } from './support/virtual-authenticator';

// The one file of the package that needs no other; it makes the documented global `tsPlatform`.
const bundle = readFileSync(fileURLToPath(new URL(
  '../node_modules/@transmitsecurity/platform-web-sdk/dist/web-sdk-drs+idv+webauthn+ido.js',
  import.meta.url,
)), 'utf8');

/** A call of the back end. */
async function post(url: string, token: string, body: object) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'authorization': `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

const claims = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());

class BackEnd {
  constructor(readonly demo: Demo, readonly agent: Agent) {}

  /** A user's token, after a sign-in by a link that the back end delivers itself. */
  async userToken(email: string): Promise<string> {
    const token = await this.agent.clientToken();
    const api = `${this.demo.provider_url}/cis/v1/auth/link/email`;
    const redirect_uri = `${this.demo.site_url}/mail/callback`;
    const sent = await post(`${api}/send`, token, { email, redirect_uri, channel: 'direct' });
    const signed = await post(`${api}/authenticate`, token, { code: sent.body.code });
    expect(signed.status, JSON.stringify(signed.body)).toBe(200);
    return signed.body.access_token;
  }

  register(userToken: string, webauthn_encoded_result: string) {
    const url = `${this.demo.provider_url}/cis/v1/auth/webauthn/register`;
    return post(url, userToken, { webauthn_encoded_result });
  }

  async authenticate(webauthn_encoded_result: string) {
    const url = `${this.demo.provider_url}/cis/v1/auth/webauthn/authenticate`;
    return post(url, await this.agent.clientToken(), { webauthn_encoded_result });
  }
}

const test = base.extend<{ backEnd: BackEnd; page: Page; phone: VirtualAuthenticator }>({
  backEnd: async ({ demo, agent }, use) => use(new BackEnd(demo, agent)),

  /** A page of the site's origin that has loaded the SDK and nothing else. */
  page: async ({ browsers, demo }, use) => {
    const context = await browsers.open();
    // A page that the test answers itself has no address: to Chromium the provider on this machine
    // is then a neighbour, whom it may not call unasked.
    await context.grantPermissions(['local-network-access']);
    const page = await context.newPage();
    await page.route(`${demo.site_url}/with-sdk`, (route) => route.fulfill({
      contentType: 'text/html',
      body: '<!DOCTYPE html><html lang="en"><title>SDK</title><link rel="icon" href="data:,">'
        + '<input aria-label="Name" autocomplete="username webauthn">'
        + '<script src="/sdk.js"></script></html>',
    }));
    await page.route(`${demo.site_url}/sdk.js`, (route) => route.fulfill({
      contentType: 'text/javascript', body: bundle,
    }));
    await page.goto(`${demo.site_url}/with-sdk`);
    await page.evaluate(({ clientId, serverPath }) => {
      (window as any).tsPlatform.initialize({ clientId, webauthn: { serverPath } });
    }, { clientId: demo.client_id, serverPath: demo.provider_url });
    await use(page);
  },

  phone: async ({ page }, use) => use(await VirtualAuthenticator.attach(page)),
});

/** Makes a passkey with the SDK, and adds it with the user's token. */
async function register(page: Page, backEnd: BackEnd, options: object = {}) {
  const { email } = backEnd.demo.users[0];
  const userToken = await backEnd.userToken(email);
  const result = await page.evaluate(({ username, options }) =>
    (window as any).tsPlatform.webauthn.register({ username, options }), { username: email, options });
  return backEnd.register(userToken, result);
}

test('a passkey that the SDK makes is added', async ({ page, phone, backEnd, demo }) => {
  const added = await register(page, backEnd, { displayName: 'Alex' });
  expect(added.status, JSON.stringify(added.body)).toBe(200);
  expect(added.body).toMatchObject({
    user_id: demo.users[0].user_id,
    webauthn_username: demo.users[0].email,
    authenticator_attachment: 'platform',
  });
  expect(await phone.credentials()).toHaveLength(1);
});

test('a device that has one is left alone where the SDK asks for it', async ({
  page, phone, backEnd,
}) => {
  expect((await register(page, backEnd)).status).toBe(200);
  const options = { limitSingleCredentialToDevice: true };
  const refused = await register(page, backEnd, options).then(() => 'made', String);
  expect(refused).not.toBe('made');
  expect(await phone.credentials()).toHaveLength(1);
});

test('the SDK signs in with and without a name', async ({ page, phone, backEnd, demo }) => {
  expect((await register(page, backEnd)).status).toBe(200);
  const { user_id, email } = demo.users[0];
  for (const whose of [
    {}, { username: email }, { identifier: email, identifierType: 'email' },
  ]) {
    const result = await page.evaluate((whose) =>
      (window as any).tsPlatform.webauthn.authenticate.modal(whose), whose);
    const signedIn = await backEnd.authenticate(result);
    expect(signedIn.status, JSON.stringify(signedIn.body)).toBe(200);
    expect(claims(signedIn.body.id_token)).toMatchObject({ sub: user_id, amr: ['webauthn'] });
    // What was used is used.
    expect((await backEnd.authenticate(result)).status).toBe(400);
  }
  expect(await phone.credentials()).toHaveLength(1);
});

test('the SDK signs in out of a field', async ({ page, phone, backEnd, demo }) => {
  expect((await register(page, backEnd)).status).toBe(200);
  const result = await page.evaluate(() => new Promise<string>((resolve, reject) => {
    (window as any).tsPlatform.webauthn.authenticate.autofill.activate({
      handlers: { onSuccess: async (made: string) => resolve(made), onError: async (e: any) => reject(e) },
    });
  }));
  const signedIn = await backEnd.authenticate(result);
  expect(signedIn.status, JSON.stringify(signedIn.body)).toBe(200);
  expect(claims(signedIn.body.id_token).sub).toBe(demo.users[0].user_id);
  expect(await phone.credentials()).toHaveLength(1);
});

test('what the SDK approves is in the ID token', async ({ page, phone, backEnd, demo }) => {
  expect((await register(page, backEnd)).status).toBe(200);
  const approvalData = { payment: '4711', amount: '12.50' };
  const result = await page.evaluate(({ username, approvalData }) =>
    (window as any).tsPlatform.webauthn.approve.modal({ username, approvalData }),
  { username: demo.users[0].email, approvalData });
  const approved = await backEnd.authenticate(result);
  expect(approved.status, JSON.stringify(approved.body)).toBe(200);
  expect(claims(approved.body.id_token).approval_data).toEqual(approvalData);
  expect(await phone.credentials()).toHaveLength(1);
});
