// The agent's page, as an agent uses it.

import { expect, type Locator, type Page } from '@playwright/test';

/** A screen at which agents sit. */
export const desktop = { viewport: { width: 1280, height: 800 }, isMobile: false, hasTouch: false };

/** Fills the form and sends it. */
export async function ask(
  page: Page,
  channel: 'sms' | 'email' | 'link',
  reference = 'CASE-4711',
  contact: 'customer_called' | 'company_called' = 'customer_called',
  customer = '+1 555 0100',
) {
  await page.locator('#customer').fill(customer);
  await choose(page, 'contact', contact);
  await choose(page, 'channel', channel);
  await page.locator('#reference').fill(reference);
  await send(page);
}

/** One of the choices of the form; the input itself is hidden below its label. */
export async function choose(page: Page, name: 'contact' | 'channel', value: string) {
  await page.locator(`input[name=${name}][value=${value}]`).check();
}

export async function send(page: Page) {
  await page.locator('form[action="/desk/requests"] button').click();
}

/** The card of the request with this reference. */
export function cardOf(page: Page, reference = 'CASE-4711') {
  return page.locator('article.card').filter({ has: page.getByText(reference, { exact: true }) });
}

/** How a card says that its request stands. */
export async function expectStatus(card: Locator, status: string, options: { timeout?: number } = {}) {
  await expect(card).toHaveAttribute('data-status', status, options);
}

/** The link that the newest card gives the agent to pass on. */
export function linkOn(page: Page) {
  return page.locator('.deliver input').inputValue();
}

export async function withdraw(card: Locator) {
  await card.locator('form[action$="/leave"] button').click();
}
