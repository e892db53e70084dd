// The channel with a provider that is not Keycloak: npm's `oidc-provider`, by the lines of
// contrib/node-oidc-provider.

import { test as base, expect, type Page } from '@playwright/test';
import { expectPage } from './support/customer';
import { NeutralChannel } from './support/neutral-channel';
import { WatchedBrowsers } from './support/watched-browser';

const test = base.extend<{ phone: Page; browsers: WatchedBrowsers }, { neutral: NeutralChannel }>({
  neutral: [async ({}, use) => {
    const neutral = await NeutralChannel.start();
    await use(neutral);
    await neutral.stop();
  }, { scope: 'worker' }],

  browsers: async ({ browser }, use) => {
    const browsers = new WatchedBrowsers(browser, true);
    await use(browsers);
    await browsers.close();
  },

  phone: async ({ browsers }, use) => use(await (await browsers.open()).newPage()),
});

test.describe.configure({ mode: 'default' });

/** On the pages that the provider has for developers, which believe every identifier. */
async function signsIn(page: Page, link: string, name: string) {
  await page.goto(link);
  await page.locator('.social a').click();
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('any');
  await page.locator('button[type=submit]').click();
  await page.locator('button[type=submit]', { hasText: 'Continue' }).click();
}

const press = (page: Page, decision: string) =>
  page.locator(`button[name=decision][value=${decision}]`).click();

test('a customer of another provider allows, and its agent gets the token', async ({ neutral, phone }) => {
  const { id, link } = await neutral.ask('alex', { binding_message: 'CASE-4711' });
  await phone.goto(link);
  await expect(phone.getByText('CASE-4711')).toBeVisible();
  await signsIn(phone, link, 'user-1');
  await expect(phone).toHaveURL(/\/decision$/);
  await press(phone, 'approve');
  await expectPage(phone, 'allowed');
  const { status, body } = await neutral.poll(id);
  expect(status).toBe(200);
  const claims = JSON.parse(Buffer.from(body.id_token.split('.')[1], 'base64url').toString());
  expect(claims).toMatchObject({ sub: 'user-1', aud: 'call-centre' });
});

test('a customer of another provider stops it', async ({ neutral, phone }) => {
  const { id, link } = await neutral.ask('alex');
  await signsIn(phone, link, 'user-1');
  await press(phone, 'deny');
  await expectPage(phone, 'stopped');
  expect((await neutral.poll(id)).body.error).toBe('access_denied');
});

test('somebody else of another provider decides nothing', async ({ neutral, phone, browsers }) => {
  const { id, link } = await neutral.ask('alex');
  await signsIn(phone, link, 'user-2');
  await expectPage(phone, 'wrongAccount');
  const other = await (await browsers.open()).newPage();
  await signsIn(other, link, 'user-1');
  await press(other, 'approve');
  expect((await neutral.poll(id)).status).toBe(200);
});

test('a customer of another provider who cannot be reached ends the request', async ({ neutral }) => {
  const { id } = await neutral.ask('unreachable', {}, false);
  expect((await neutral.poll(id)).body.error).toBe('access_denied');
});
