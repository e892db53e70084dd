// The site as the authentication device of a real Keycloak, fetched by Maven and run beside it. Skipped
// where Java or Maven is missing. It is started once: that takes most of a minute.

import { writeFileSync } from 'node:fs';
import { test as base, expect, type Page } from '@playwright/test';
import { expectPage } from './support/customer';
import { ask, cardOf, desktop, expectStatus, withdraw } from './support/desk';
import { Keycloak, clientKey, keycloakIsHere } from './support/keycloak';
import { Walk } from './support/keycloak-walk';
import { until } from './support/wait';
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

async function signsIn(page: Page, link: string, name: string, realm = 'main') {
  await page.goto(link);
  await page.locator('.social a').click();
  await expect(page).toHaveURL(new RegExp(`/realms/${realm}/`));
  await page.locator('#kc-login').waitFor();
  await page.locator('#username').fill(name);
  await page.locator('#password').fill(`password-of-${name}`);
  await page.locator('#kc-login').click();
}

/** Asks a customer at the desk; their card there. */
async function asksAtDesk(page: Page, deskUrl: string, customer: string) {
  await page.goto(`${deskUrl}/desk`);
  const reference = await page.locator('#reference').inputValue();
  await ask(page, 'sms', reference, 'customer_called', customer);
  return cardOf(page, reference);
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
  await expectPage(phone, 'allowed');
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
  await expectPage(phone, 'stopped');
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
  for (const page of [phone, tablet]) await expectPage(page, 'allowed');
  expect((await keycloak.poll(id)).status).toBe(200);
});

test('a customer answers by our mail where their client allows it', async ({ keycloak, phone }) => {
  const before = keycloak.mailServer.mails.length;
  const { id, link } = await keycloak.ask('alex', { binding_message: 'CASE-4711' });
  await phone.goto(link);
  await phone.locator('details.more-ways summary').click();
  await expect(phone.getByText('a•••@example.com')).toBeVisible();
  await expect(phone.locator('input[type=email]')).toHaveCount(0);
  await phone.locator('form[data-known-address] button').click();
  const mail = await until('the mail', () => keycloak.mailServer.mails[before]);
  expect(mail.to).toBe('alex@example.com');
  await phone.goto(/\S+\/mail\/callback\?\S+/.exec(mail.text)![0]);
  // In the browser that asked for it, the mail's link leads to the decision itself.
  await expect(phone.getByText('Our email signs you in as a•••@example.com')).toBeVisible();
  await allow(phone).click();
  await expectPage(phone, 'allowed');
  const { status, body } = await keycloak.poll(id);
  expect(status).toBe(200);
  const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString());
  expect(claims).toMatchObject({ aud: 'call-centre', preferred_username: 'alex' });
});

test('a customer answers by the code of our mail', async ({ keycloak, phone }) => {
  const before = keycloak.mailServer.mails.length;
  const { id, link } = await keycloak.ask('alex', { binding_message: 'CASE-4711' });
  await phone.goto(link);
  await phone.locator('details.more-ways summary').click();
  await phone.locator('form[data-known-address] button').click();
  const mail = await until('the mail', () => keycloak.mailServer.mails[before]);
  await phone.locator('input[name=code]').fill(/\b\d{6}\b/.exec(mail.text)![0]);
  await phone.locator('form[action$="/mail/code"] button').click();
  await expect(phone).toHaveURL(/\/decision$/);
  await expect(phone.getByText('Signed in by our email as a•••@example.com')).toBeVisible();
  await expect(phone.getByText('CASE-4711')).toBeVisible();
  expect((await keycloak.pollOnce(id)).body.error).toBe('authorization_pending');
  await allow(phone).click();
  await expect(phone).toHaveTitle(/^Allowed/);
  const { status, body } = await keycloak.poll(id);
  expect(status).toBe(200);
  const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString());
  expect(claims).toMatchObject({
    iss: `${keycloak.url}/realms/main`, aud: 'call-centre', preferred_username: 'alex',
  });
  // The realm has signed nobody in.
  expect(await isSignedIn(phone, keycloak)).toBe(false);
});

test('a request that demands a class of sign-in is not answered by mail', async ({ keycloak, phone }) => {
  const { link } = await keycloak.ask('alex', { acr_values: '1' });
  await phone.goto(link);
  await expect(phone.locator('.social a')).toBeVisible();
  await expect(phone.locator('form[data-known-address]')).toHaveCount(0);
});

test('somebody else who signs in decides nothing, and the right one still can', async ({ keycloak, phone, browsers }) => {
  const { id, link } = await keycloak.ask('alex');
  await signsIn(phone, link, 'sam');
  await expectPage(phone, 'wrongAccount');
  const other = await (await browsers.open()).newPage();
  await signsIn(other, link, 'alex');
  await allow(other).click();
  await expectPage(other, 'allowed');
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
  await expect(phone.locator('main')).toHaveAttribute('data-page', /^(?!outcome-allowed)/);
  await keycloak.comesBack();
  expect((await keycloak.poll(id)).status).toBe(200);
  await expect(async () => {
    await phone.reload();
    await expectPage(phone, 'allowed', { timeout: 1_000 });
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
  await expectPage(phone, 'allowed');
  expect((await keycloak.poll(id)).status).toBe(200);
});

test('whoever presses twice allows once', async ({ keycloak, phone }) => {
  const { id, link } = await keycloak.ask('alex');
  await signsIn(phone, link, 'alex');
  await allow(phone).dblclick();
  await expectPage(phone, 'allowed');
  expect((await keycloak.poll(id)).status).toBe(200);
});

test('a customer who is signed in says that they are speaking with nobody', async ({ keycloak, phone, browsers }) => {
  const before = keycloak.messages.length;
  const running = keycloak.requests(['--login-hint', 'alex']);
  const link = await keycloak.linkAfter(before);
  await signsIn(phone, link, 'alex');
  await expect(phone).toHaveURL(/\/decision$/);
  await phone.goto(phone.url().replace(/decision$/, 'not-on-a-call'));
  await phone.locator('form[action$="/not-on-a-call"] button').click();
  await expect(phone).toHaveURL(/\/outcome/);
  expect(await running.ended).toBe(10);
  expect(running.lines.at(-1)).toMatchObject({ outcome: 'denied', code: 'reported' });
  const other = await (await browsers.open()).newPage();
  await other.goto(link);
  await expectPage(other, 'stopped');
  expect(await isSignedIn(phone, keycloak)).toBe(false);
});

test('what runs out before the customer decides is over', async ({ keycloak, phone }) => {
  const { id, link } = await keycloak.ask('alex', { requested_expiry: '8' });
  await phone.goto(link);
  await expect(async () => {
    await phone.goto(link);
    await expectPage(phone, 'expired', { timeout: 1_000 });
  }).toPass({ timeout: 20_000 });
  await expect(phone.locator('.social a')).toHaveCount(0);
  // Keycloak keeps the realm's own time for its client.
  expect((await keycloak.pollOnce(id)).body.error).toBe('authorization_pending');
});

test('a client that has itself called back is', async ({ keycloak, phone }) => {
  const token = 'a-token-for-pings';
  const { id, link } = await keycloak.ask('alex', { client_notification_token: token }, true, 'call-centre-ping');
  await signsIn(phone, link, 'alex');
  await allow(phone).click();
  await expectPage(phone, 'allowed');
  expect(await until('the ping', () => keycloak.pings[0])).toEqual({ auth_req_id: id, token });
  expect((await keycloak.poll(id, 'call-centre-ping')).status).toBe(200);
});

test('an agent withdraws in a shell, and Keycloak and the customer hear of it', async ({ keycloak, phone }) => {
  const before = keycloak.messages.length;
  const running = keycloak.requests(['--login-hint', 'alex', '--binding-message', 'x'.repeat(50)]);
  const { auth_req_id: id } = await running.event('started');
  await signsIn(phone, await keycloak.linkAfter(before), 'alex');
  await expect(phone).toHaveURL(/\/decision$/);
  const withdrawn = await keycloak.command(['request', '--withdraw', id, '--json']);
  expect(JSON.parse(withdrawn.stdout)).toMatchObject({ outcome: 'withdrawn' });
  await allow(phone).click();
  await expectPage(phone, 'withdrawn');
  expect(await running.ended).toBe(10);
  expect(running.lines.at(-1)).toMatchObject({ outcome: 'denied', code: 'withdrawn' });
});

test('an agent whose client signs passes the link on, and the customer reads what is asked for', async ({ keycloak, phone }) => {
  const before = keycloak.messages.length;
  const running = keycloak.requests(['--login-hint', 'alex', '--channel', 'link', '--contact', 'branch'], {
    CIBA_LOGIN_KEYCLOAK__AGENT__CLIENT_ID: 'call-centre-key',
    CIBA_LOGIN_KEYCLOAK__AGENT__CLIENT_AUTH: 'private_key_jwt',
    CIBA_LOGIN_KEYCLOAK__AGENT__CLIENT_KEY_FILE: clientKey,
    CIBA_LOGIN_KEYCLOAK__AGENT__SIGN_REQUESTS: 'true',
  });
  const { link } = await running.event('started');
  await signsIn(phone, link, 'alex');
  await expect(phone.getByText('(signed)')).toBeVisible();
  await allow(phone).click();
  await expectPage(phone, 'allowed');
  expect(await running.ended).toBe(0);
  expect(running.lines.at(-1)).toMatchObject({ outcome: 'token' });
  expect(keycloak.messages).toHaveLength(before);
});

test('an agent follows it at the desk, step by step, to the answer', async ({ keycloak, phone, browsers }) => {
  const context = await browsers.open({ ...desktop, extraHTTPHeaders: { 'x-forwarded-user': 'mia' } });
  const desk = await context.newPage();
  for (const [answer, ending] of [['allow', 'allowed'], ['withdraw', 'withdrawn']] as const) {
    const before = keycloak.messages.length;
    const card = await asksAtDesk(desk, keycloak.site.deskUrl, 'alex');
    await expectStatus(card, 'waiting');
    await signsIn(phone, await keycloak.linkAfter(before), 'alex');
    await expectStatus(card, 'deciding');
    if (answer === 'withdraw') {
      await withdraw(card);
      await allow(phone).click();
      await expectPage(phone, 'withdrawn');
    } else {
      await allow(phone).click();
      await expectPage(phone, 'allowed');
    }
    await expect(card).toHaveAttribute('data-ending', ending, { timeout: 20_000 });
  }
});

test('an agent at the desk learns that a customer cannot be reached', async ({ keycloak, browsers }) => {
  const context = await browsers.open({ ...desktop, extraHTTPHeaders: { 'x-forwarded-user': 'noor' } });
  const desk = await context.newPage();
  const card = await asksAtDesk(desk, keycloak.site.deskUrl, 'unreachable');
  await expect(card).toHaveAttribute('data-ending', 'unreachable', { timeout: 20_000 });
});

test('a site that reaches the realm at an internal address only leads browsers to the public one', async ({ keycloak, phone }, testInfo) => {
  const restore = await keycloak.configures({ CIBA_LOGIN_KEYCLOAK__INTERNAL_URL: keycloak.internalRealm });
  try {
    const asked = keycloak.askedInPublic.length;
    // By the desk's and the shell's client, with a secret and with a key.
    for (const environment of [{}, {
      CIBA_LOGIN_KEYCLOAK__AGENT__CLIENT_ID: 'call-centre-key',
      CIBA_LOGIN_KEYCLOAK__AGENT__CLIENT_AUTH: 'private_key_jwt',
      CIBA_LOGIN_KEYCLOAK__AGENT__CLIENT_KEY_FILE: clientKey,
      CIBA_LOGIN_KEYCLOAK__AGENT__SIGN_REQUESTS: 'true',
    }]) {
      const before = keycloak.messages.length;
      const running = keycloak.requests(['--login-hint', 'alex'], environment);
      await signsIn(phone, await keycloak.linkAfter(before), 'alex');
      await expect(phone).toHaveURL(/\/decision$/);
      await allow(phone).click();
      await expect(phone).toHaveTitle(/^Allowed/);
      expect(await running.ended).toBe(0);
      expect(running.lines.at(-1)).toMatchObject({ outcome: 'token' });
      expect(await isSignedIn(phone, keycloak)).toBe(false);
    }
    const checked = await keycloak.command(['check-config', '--remote']);
    expect(checked.stdout).toContain(`servers call ${keycloak.internalRealm} (keycloak.internal_url)`);
    expect(checked.stdout.match(/^good {2}/gm)).toHaveLength(6);
    const file = testInfo.outputPath('password');
    writeFileSync(file, 'admin-for-loopback-only');
    const enabled = await keycloak.command(
      ['enable-ciba', '--admin-user', 'admin', '--admin-password-file', file, '--json', '--yes']);
    expect(JSON.parse(enabled.stdout)).toMatchObject({ realm: `${keycloak.url}/realms/main` });
    // What pages load, and the sign-in; nothing that a server asks.
    const inPublic = keycloak.askedInPublic.slice(asked);
    expect(inPublic).toContainEqual(expect.stringContaining('/openid-connect/auth?'));
    expect(inPublic.filter((path) => /\/(token|certs|logout|ext|admin|\.well-known)\b/.test(path))).toEqual([]);
  } finally {
    await restore();
  }
});

test('a new administrator follows the manual word for word, from a fresh realm to an approved request', async ({ keycloak, phone }, testInfo) => {
  test.setTimeout(180_000);
  await keycloak.site.end();
  const walk = new Walk(testInfo.outputDir, keycloak);
  try {
    const [programs, server, customer, configuration, prepare, serve, ask] = walk.commands;
    // How it is started here: see `tools/keycloak`.
    expect(server).toContain(`-uri=${keycloak.site.siteUrl}/keycloak/channel`);
    const link = await walk.follows([
      programs, customer, configuration,
      prepare.replace(/$/m, ' --admin-password-file password --yes'), serve,
      // What a person does by reading: they wait for it.
      `until curl -sf ${keycloak.site.siteUrl}/readyz; do sleep 0.2; done`, ask,
    ]);
    await signsIn(phone, link, 'alex', 'try');
    await allow(phone).click();
    await expectPage(phone, 'allowed');
    await walk.ended;
    expect(walk.log).not.toContain('missing ');
    expect(walk.log.match(/^good {2}/gm)).toHaveLength(6);
    expect(walk.log).toMatch(/^Allowed: /m);
  } finally {
    await walk.stop();
    await keycloak.site.start();
  }
});

test('an administrator prepares the realm for another client, and sees what is changed first', async ({ keycloak }, testInfo) => {
  const file = testInfo.outputPath('password');
  writeFileSync(file, 'admin-for-loopback-only');
  const environment = {
    CIBA_LOGIN_KEYCLOAK__AGENT__CLIENT_ID: 'branch-office',
    CIBA_LOGIN_KEYCLOAK__AGENT__CLIENT_SECRET: 'a-secret-of-the-branch-office',
  };
  const enable = ['enable-ciba', '--admin-user', 'admin', '--admin-password-file', file];
  const shown = await keycloak.command(['enable-ciba', '--json'], environment);
  expect(JSON.parse(shown.stdout)).toMatchObject({ changed: false });
  expect((await keycloak.command(enable, environment)).stderr).toContain('say --yes');
  const changed = JSON.parse((await keycloak.command([...enable, '--yes', '--json'], environment)).stdout);
  expect(changed.changed).toBe(true);
  const members = changed.changes.map(({ member }: { member: string }) => member);
  expect(members).toContain('branch-office.attributes.oidc.ciba.grant.enabled');
  expect(members.filter((member: string) => !member.startsWith('branch-office.'))).toEqual([]);
  const again = JSON.parse((await keycloak.command([...enable, '--yes', '--json'], environment)).stdout);
  expect(again).toMatchObject({ changed: false, changes: [] });
  expect((await keycloak.command(['check-config', '--remote'], environment)).stdout).not.toContain('missing');
  // What the realm demands by itself, the page cannot see.
  for (const [client, isSaid] of [['call-centre-key', true], ['call-centre', false]] as const) {
    const by_mail = { CIBA_LOGIN_KEYCLOAK__MAIL_SIGN_IN: `["${client}"]` };
    const { stderr } = await keycloak.command([...enable, '--yes'], { ...environment, ...by_mail });
    expect(stderr.includes(`demands a class of sign-in for ${client} (1)`)).toBe(isSaid);
  }
  // The new client is let in by the realm; this site takes requests of listed clients only.
  const running = keycloak.requests(['--login-hint', 'alex'], environment);
  expect(await running.ended).toBe(12);
  expect(running.lines.at(-1)!.reason).toContain('503');
});
