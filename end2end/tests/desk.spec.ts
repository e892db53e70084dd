// The desk, and the demo's page with both sides on it.

import type { Page } from '@playwright/test';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expectAccessible } from './support/accessibility';
import { Customer } from './support/customer';
import { ask, cardOf, choose, desktop, expectStatus, linkOn, send, withdraw } from './support/desk';
import { expect, test } from './support/test';

test('both sides of one call are played on one page', async ({ server, demo, browsers, outbox }) => {
  test.slow();
  const context = await browsers.open(desktop);
  const page = await context.newPage();
  await page.goto(server.deskUrl);
  await expect(page.locator('.sides.both')).toBeVisible();
  await expectAccessible(page);

  await page.locator(`[data-fill="${demo.users[0].phone_number}"]`).click();
  await expect(page.locator('#customer')).toHaveValue(demo.users[0].phone_number);
  await expect(page.getByText('Read as a phone number')).toBeVisible();
  const reference = await page.locator('#reference').inputValue();
  expect(reference).toMatch(/^[A-Z0-9]{3}-[A-Z0-9]{3}-[A-Z0-9]{3}$/);
  await expect(page.locator('input[name=contact]')).toHaveCount(3);
  await expect(page.locator('input[name=contact]:checked'), 'nothing is said beforehand').toHaveCount(0);
  await choose(page, 'contact', 'customer_called');
  await send(page);
  const card = cardOf(page, reference);
  await expectStatus(card, 'waiting');
  await expect(card.getByText(/^(9:5\d|10:00) left$/)).toBeVisible();

  const tap = async (message: string | RegExp) => {
    const opened = context.waitForEvent('page');
    await page.locator('.phone a', { hasText: message }).first().click();
    return opened;
  };
  const phone = await tap(/Messages/);
  const customer = new Customer(context, phone, demo.users[0].email, outbox, true);
  await customer.sees('request');
  expect(phone.viewportSize()!.width).toBeLessThan(500);
  await expect(phone.getByText(reference)).toBeVisible();
  await customer.asksForMail();
  await expectStatus(card, 'opened');

  const mailed = await tap(/Mail/);
  const signingIn = new Customer(context, mailed, demo.users[0].email, outbox, true);
  await signingIn.sees('decision');
  await expectAccessible(page);
  await signingIn.allows();
  await signingIn.sees('allowed');

  await expectStatus(card, 'allowed');
  await expect(card.getByText(demo.users[0].user_id)).toBeVisible();
  await expectAccessible(page);
});

test('a report of the customer is an alarm at the desk', async ({ server, browsers, customer, outbox }) => {
  const context = await browsers.open(desktop);
  const page = await context.newPage();
  await page.goto(`${server.deskUrl}/desk`);
  await ask(page, 'link');
  const link = await linkOn(page);
  await customer.opens(link);
  await customer.doubts();
  await customer.press('report');
  await customer.sees('reported');
  const alarm = page.locator('[data-alarm]');
  await expect(alarm).toBeVisible();
  await expectAccessible(page);
});

test('an agent has eight tabs of the desk open', async ({ server, browsers }) => {
  const context = await browsers.open(desktop);
  // Playwright's pages are never hidden; these say so when they are told to.
  await context.addInitScript(() => {
    let hidden = false;
    Object.defineProperty(document, 'hidden', { get: () => hidden });
    Object.assign(window, {
      hide(now: boolean) {
        hidden = now;
        document.dispatchEvent(new Event('visibilitychange'));
      },
    });
  });
  const hide = (page: Page, now: boolean) =>
    page.evaluate((now) => (window as unknown as { hide(now: boolean): void }).hide(now), now);
  const tabs: Page[] = [];
  for (let tab = 0; tab < 8; tab += 1) {
    const page = await context.newPage();
    const listens = page.waitForResponse(/\/desk\/events/);
    await page.goto(`${server.deskUrl}/desk`);
    await listens;
    if (tab < 7) await hide(page, true);
    tabs.push(page);
  }
  const reference = 'CASE-4711';
  await ask(tabs[7], 'link');
  await expect(tabs[7].locator('article.card')).toBeVisible();
  await hide(tabs[7], true);
  await hide(tabs[0], false);
  await expect(tabs[0].locator('article.card')).toBeVisible();
});

test('the QR code for the counter holds the link', async ({ server, browsers }, info) => {
  const context = await browsers.open(desktop);
  const page = await context.newPage();
  await page.goto(`${server.deskUrl}/desk`);
  await ask(page, 'link');
  const link = await linkOn(page);
  expect(link).toContain('binding_message=CASE-4711');
  const opened = context.waitForEvent('page');
  await page.locator('a.qr').click();
  const counter = await opened;
  await expect(counter.getByText('CASE-4711')).toBeVisible();
  await expectAccessible(counter);
  const picture = info.outputPath('counter.png');
  await counter.screenshot({ path: picture });
  const { stdout } = await promisify(execFile)('zbarimg', ['--raw', '--quiet', picture]);
  expect(stdout.trim()).toBe(link);
});

test('a desk that is cut off says so and comes back by itself', async ({ server, browsers }) => {
  browsers.tolerate(/502/);
  const context = await browsers.open(desktop);
  const page = await context.newPage();
  // What a proxy answers while the desk is restarted: a browser does not come back from it.
  await page.route('**/desk/events*', (route) => route.fulfill({ status: 502, body: 'Bad Gateway' }));
  await page.goto(`${server.deskUrl}/desk`);
  const lost = page.locator('#lost');
  await expect(lost).toBeVisible();
  await expectAccessible(page);
  await page.unroute('**/desk/events*');
  await expect(lost).toBeHidden({ timeout: 15_000 });
});

test('a changed style is taken by an open desk without a reload', async ({ server, browsers }) => {
  const context = await browsers.open(desktop);
  const page = await context.newPage();
  let loads = 0;
  page.on('load', () => { loads += 1; });
  // What the desk says under `cargo leptos watch` (tests/it/cli/serve.rs).
  const body = 'event: style\ndata: /desk.css?changed\n\n';
  await page.route('**/desk/events*', (route) => route.fulfill({ contentType: 'text/event-stream', body }));
  await page.route('**/desk.css?changed', (route) =>
    route.fulfill({ contentType: 'text/css', body: 'h2 { color: rgb(1, 2, 3) }' }));
  await page.goto(`${server.deskUrl}/desk`);
  await expect(page.locator('#start-title')).toHaveCSS('color', 'rgb(1, 2, 3)');
  expect(loads).toBe(1);
});

test('what is withdrawn at the desk ends on the customer\'s page', async ({ server, browsers, customer }) => {
  const context = await browsers.open(desktop);
  const page = await context.newPage();
  await page.goto(`${server.deskUrl}/desk`);
  await ask(page, 'link', 'CASE-4711', 'company_called');
  const card = cardOf(page);
  await expect(card.locator('[data-contact=company_called]')).toBeVisible();
  const link = await linkOn(page);
  await customer.opens(link);
  await withdraw(card);
  await expectStatus(card, 'withdrawn');
  await customer.page.goto(link);
  await customer.sees('withdrawn');
});

test('the desk works by forms alone @no-script', async ({ server, browsers, javaScriptEnabled }) => {
  const context = await browsers.open({ javaScriptEnabled });
  const page = await context.newPage();
  await page.goto(`${server.deskUrl}/desk`);
  await ask(page, 'sms', 'two words');
  await expect(page.locator('#reference-error')).toBeVisible();
  await expect(page.locator('#customer')).toHaveValue('+1 555 0100');
  await ask(page, 'sms');
  const cards = cardOf(page);
  await expect(cards).toHaveCount(1);
  await page.locator('form[action$="/again"] button').click();
  await expect(cards).toHaveCount(2);
  await withdraw(cards.first());
  await expectStatus(cards.first(), 'withdrawn');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the desk fits a telephone, in ${colorScheme} colours`, async ({ server, browsers }) => {
    const context = await browsers.open({ viewport: { width: 320, height: 700 }, colorScheme });
    const page = await context.newPage();
    await page.goto(server.deskUrl);
    await ask(page, 'link', 'MMMMMMMMMMMMMMMMMMMM');
    await expect(page.locator('article.card')).toHaveCount(1);
    await expectAccessible(page);
    const { scroll, inner } = await page.evaluate(() => ({
      scroll: document.documentElement.scrollWidth,
      inner: innerWidth,
    }));
    expect(scroll).toBeLessThanOrEqual(inner);
  });
}
