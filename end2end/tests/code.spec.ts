// The agent reads a code out: for companies that may not send links.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../tools/demo-server.mjs';
import { expect, test } from './support/test';

test('a customer types the code that the agent reads out, signs in by mail and allows @no-script', async ({
  agent, newCustomer, outbox,
}) => {
  const { command, code, page } = await agent.requestByCode();
  expect(code).toMatch(/^[0-9A-Z]{4} [0-9A-Z]{4}$/);
  const customer = await newCustomer();
  await customer.page.goto(page);
  await customer.sees('code');
  await customer.codeField.fill(code.toLowerCase().replace(' ', '-'));
  await customer.press('goOn');
  await customer.sees('request');
  await expect(customer.page.getByText('CASE-4711')).toBeVisible();
  await customer.asksForMail();
  await customer.typesCode((await outbox.next('email', customer.email)).code!);
  await customer.sees('decision');
  await customer.allows();
  await customer.sees('allowed');
  expect((await command.ended).code).toBe(0);
});

test('a wrong code is told on the page and can be corrected, and a used one is a wrong one @no-script', async ({
  agent, newCustomer,
}) => {
  const { code, page } = await agent.requestByCode();
  const customer = await newCustomer();
  await customer.page.goto(page);
  const field = customer.codeField;
  await field.fill('hello');
  await customer.press('goOn');
  await customer.sees('code');
  await expect(field).toHaveValue('hello');
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await expect(customer.page.locator('#code-error')).toBeVisible();
  await field.fill(code);
  await customer.press('goOn');
  await customer.sees('request');

  const other = await newCustomer();
  await other.page.goto(page);
  await other.codeField.fill(code);
  await other.press('goOn');
  await other.sees('code');
  await expect(other.page.getByRole('alert')).toBeVisible();
  // Here it is this browser's own.
  await customer.page.goto(page);
  await field.fill(code);
  await customer.press('goOn');
  await customer.sees('request');
});

test.describe('where no links are sent', () => {
  test.use({ environment: { CIBA_LOGIN_BRAND__SENDS_LINKS: 'false' } });

  test('two codes lead to the decision, and nothing that is sent has a link @no-script', async ({
    agent, newCustomer, outbox,
  }) => {
    const { command, code, page } = await agent.requestByCode();
    expect((await command.event('started')).link).toBeNull();
    const customer = await newCustomer();
    await customer.page.goto(page);
    await expect(customer.page.locator('[data-never-links]')).toBeVisible();
    await customer.codeField.fill(code);
    await customer.press('goOn');
    await customer.sees('request');
    await customer.mailField.fill(customer.email);
    await customer.press('sendMail');
    await customer.sees('mailSent');
    const mail = await outbox.next('email', customer.email);
    expect(mail.links).toEqual([]);
    expect(mail.text).not.toContain('://');
    await customer.typesCode(mail.code!);
    await customer.sees('decision');
    await customer.stops();
    await customer.sees('stopped');
    expect((await command.ended).code).toBe(10);
  });
});

test.describe('of the first page, in every language,', () => {
  for (const language of ['en', 'de', 'es', 'fr', 'ar']) {
    test(`320 px are enough in ${language}`, async ({ page }) => {
      await page.setViewportSize({ width: 320, height: 640 });
      for (const state of ['code', 'code-wrong', 'code-without-links']) {
        const file = path.join(root, 'target/pages', language, `${state}.html`);
        expect(existsSync(file), 'pages in target/pages; make unit writes them').toBe(true);
        await page.goto(pathToFileURL(file).href);
        const { scrollWidth, clientWidth } = await page.evaluate(() => {
          const { scrollWidth, clientWidth } = document.documentElement;
          return { scrollWidth, clientWidth };
        });
        expect(scrollWidth, state).toBeLessThanOrEqual(clientWidth);
      }
    });
  }
});
