// The site as the authentication device of a real Keycloak, fetched by Maven and run beside it. Skipped
// where Java or Maven is missing. It is started once: that takes most of a minute.

import { test as base, expect, type Page } from '@playwright/test';
import { Keycloak, keycloakIsHere } from './support/keycloak';
import { VirtualAuthenticator } from './support/virtual-authenticator';
import { WatchedBrowsers } from './support/watched-browser';

const test = base.extend<{ phone: Page; browsers: WatchedBrowsers }, { keycloak: Keycloak }>({
  keycloak: [async ({}, use) => {
    const keycloak = await Keycloak.start();
    await use(keycloak);
    await keycloak.stop();
  }, { scope: 'worker', timeout: 240_000 }],

  browsers: async ({ browser }, use) => {
    const browsers = new WatchedBrowsers(browser, true);
    await use(browsers);
    await browsers.close();
  },

  phone: async ({ browsers }, use) => use(await (await browsers.open()).newPage()),
});

// One after the other, in one worker: there is one Keycloak.
test.describe.configure({ mode: 'default' });
test.skip(() => !keycloakIsHere(), 'Keycloak cannot be run here');
test.beforeEach(() => test.slow());

async function signsIn(page: Page, link: string, name: string) {
  await page.goto(link);
  await page.getByRole('link', { name: /Continue with/ }).click();
  await expect(page).toHaveURL(/\/realms\/main\//);
  await page.locator('#kc-login').waitFor();
  await page.locator('#username').fill(name);
  await page.locator('#password').fill(`password-of-${name}`);
  await page.locator('#kc-login').click();
}

const allow = (page: Page) => page.locator('button[name=decision][value=approve]');
const deny = (page: Page) => page.locator('button[name=decision][value=deny]');

/** Whether the realm still knows somebody in this browser. */
async function isSignedIn(page: Page, keycloak: Keycloak) {
  const query = new URLSearchParams({
    client_id: 'ciba-login', response_type: 'code', scope: 'openid', prompt: 'none', state: 's',
    redirect_uri: `${keycloak.site.siteUrl}/social/callback`, code_challenge_method: 'S256',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  });
  const answer = await page.request.get(
    `${keycloak.url}/realms/main/protocol/openid-connect/auth?${query}`, { maxRedirects: 0 });
  return new URL(answer.headers().location).searchParams.has('code');
}

test('a customer allows, and the agent gets their token', async ({ keycloak, phone }) => {
  const { id, link } = await keycloak.ask('alex', { binding_message: 'CASE-4711' });
  expect(link).toContain('/r/');
  await phone.goto(link);
  await expect(phone.getByText('Example Bank, telephone service')).toBeVisible();
  await expect(phone.getByText('CASE-4711')).toBeVisible();
  await signsIn(phone, link, 'alex');
  await expect(phone).toHaveURL(/\/decision$/);
  await allow(phone).click();
  await expect(phone).toHaveTitle(/^Allowed/);
  const { status, body } = await keycloak.poll(id);
  expect(status).toBe(200);
  const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString());
  expect(claims).toMatchObject({ aud: 'call-centre', preferred_username: 'alex' });
  expect(await isSignedIn(phone, keycloak)).toBe(false);
});

test('a customer stops it', async ({ keycloak, phone }) => {
  const { id, link } = await keycloak.ask('alex', { binding_message: 'x'.repeat(50) });
  await signsIn(phone, link, 'alex');
  await expect(phone.getByText('x'.repeat(50))).toBeVisible();
  await deny(phone).click();
  await expect(phone).toHaveTitle(/^Stopped/);
  expect((await keycloak.poll(id)).body.error).toBe('access_denied');
  expect(await isSignedIn(phone, keycloak)).toBe(false);
});

test('whoever presses on two devices sends one approval', async ({ keycloak, phone, browsers }) => {
  const { id, link } = await keycloak.ask('alex');
  const tablet = await (await browsers.open()).newPage();
  for (const page of [phone, tablet]) {
    await signsIn(page, link, 'alex');
    await expect(page).toHaveURL(/\/decision$/);
  }
  await Promise.all([allow(phone).dblclick(), allow(tablet).click()]);
  for (const page of [phone, tablet]) await expect(page).toHaveTitle(/^Allowed/);
  expect((await keycloak.poll(id)).status).toBe(200);
});

test('somebody else who signs in decides nothing, and the right one still can', async ({ keycloak, phone, browsers }) => {
  const { id, link } = await keycloak.ask('alex');
  await signsIn(phone, link, 'sam');
  await expect(phone).toHaveTitle(/another account/);
  const other = await (await browsers.open()).newPage();
  await signsIn(other, link, 'alex');
  await allow(other).click();
  await expect(other).toHaveTitle(/^Allowed/);
  expect((await keycloak.poll(id)).status).toBe(200);
});

test('a report of somebody who is not signed in stops nobody', async ({ keycloak, phone, browsers }) => {
  const { id, link } = await keycloak.ask('alex');
  await phone.goto(link);
  await phone.locator('a.refuse').click();
  await phone.locator('form[action$="/not-on-a-call"] button').click();
  expect((await keycloak.pollOnce(id)).body.error).toBe('authorization_pending');
  const other = await (await browsers.open()).newPage();
  await signsIn(other, link, 'alex');
  await allow(other).click();
  expect((await keycloak.poll(id)).status).toBe(200);
});

test('a decision waits for a Keycloak that is away, and arrives once it is back', async ({ keycloak, phone }) => {
  const { id, link } = await keycloak.ask('alex');
  await signsIn(phone, link, 'alex');
  await expect(phone).toHaveURL(/\/decision$/);
  await keycloak.goesAway();
  await allow(phone).click();
  await expect(phone).toHaveURL(/\/outcome/);
  await expect(phone).not.toHaveTitle(/^Allowed/);
  await keycloak.comesBack();
  expect((await keycloak.poll(id)).status).toBe(200);
  await expect(async () => {
    await phone.reload();
    await expect(phone).toHaveTitle(/^Allowed/, { timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
});

test('a customer who cannot be reached ends the request at once', async ({ keycloak }) => {
  const { status, id } = await keycloak.ask('unreachable', {}, false);
  expect(status).toBe(200);
  expect((await keycloak.poll(id)).body.error).toBe('access_denied');
});

test('a client that slips in a claim is refused', async ({ keycloak }) => {
  const { status, body } = await keycloak.ask('alex', { sub: '68958eaa-f7f4-4196-998c-750d89af84b1' });
  expect(status).toBe(503);
  expect(body.error).toBe('server_error');
});

test('a customer registers a passkey at the realm on the way, and allows', async ({ keycloak, phone }) => {
  await VirtualAuthenticator.attach(phone);
  const { id, link } = await keycloak.ask('kim');
  await signsIn(phone, link, 'kim');
  await phone.locator('#registerWebAuthn').click();
  phone.once('dialog', (dialog) => dialog.accept('Phone'));
  await expect(phone).toHaveURL(/\/decision$/);
  await allow(phone).click();
  await expect(phone).toHaveTitle(/^Allowed/);
  expect((await keycloak.poll(id)).status).toBe(200);
});
