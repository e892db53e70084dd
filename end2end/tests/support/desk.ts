// The agent's page, as an agent uses it.

import type { Page } from '@playwright/test';

/** A screen at which agents sit. */
export const desktop = { viewport: { width: 1280, height: 800 }, isMobile: false, hasTouch: false };

/** Fills the form and sends it. */
export async function ask(
  page: Page,
  channel: 'SMS' | 'E-mail' | 'Link or QR',
  reference = 'CASE-4711',
  contact: 'The customer called us' | 'We called the customer' = 'The customer called us',
) {
  await page.getByRole('textbox', { name: 'Customer' }).fill('+1 555 0100');
  await page.getByRole('radio', { name: contact }).check();
  await page.getByRole('radio', { name: channel, exact: true }).check();
  await page.getByRole('textbox', { name: 'Reference' }).fill(reference);
  await page.getByRole('button', { name: 'Send the request' }).click();
}
