// The main story with Tab and Enter alone.

import { expect, test } from './support/test';
import { onlyLink } from './support/outbox';
import type { Page } from '@playwright/test';

/** The name of what has the focus, and whether a person can see that it has. */
const focus = (page: Page) => page.evaluate(() => {
  const element = document.activeElement as HTMLElement;
  const label = (element as HTMLInputElement).labels?.[0]?.innerText;
  const ring = getComputedStyle(element).outlineStyle !== 'none';
  return { name: (label ?? element.innerText ?? '').trim(), ring };
});

/** Goes forward until the focus is on what is called so. */
async function tabTo(page: Page, name: string | RegExp) {
  const met: string[] = [];
  for (let steps = 0; steps < 30; steps += 1) {
    await page.keyboard.press('Tab');
    const found = await focus(page);
    met.push(found.name);
    if (typeof name === 'string' ? found.name === name : name.test(found.name)) {
      expect(found.ring, `${found.name} shows that it has the focus`).toBe(true);
      return;
    }
  }
  throw new Error(`Tab never came to ${name}, but to ${met.join('; ')}`);
}

test('a customer signs in by mail and allows with the keyboard alone', async ({
  agent, customer, outbox,
}) => {
  const { command, link } = await agent.requestByLink();
  const { page } = customer;
  await customer.opens(link);
  await tabTo(page, 'Your email address');
  await page.keyboard.type(customer.email);
  await page.keyboard.press('Enter');
  await customer.sees('mailSent');
  await page.goto(onlyLink(await outbox.next('email', customer.email)));
  await customer.sees('decision');
  await tabTo(page, 'Yes, allow');
  await page.keyboard.press('Enter');
  await customer.sees('allowed');
  expect((await command.ended).code).toBe(0);
});

test('somebody who is not sure finds the way out beside the first way in, with the keyboard', async ({
  agent, customer,
}) => {
  const { command, link } = await agent.requestByLink();
  const { page } = customer;
  await customer.opens(link);
  await tabTo(page, 'Not sure? Stop here');
  await page.keyboard.press('Enter');
  await customer.sees('notOnACall');
  await tabTo(page, /this request$/);
  await page.keyboard.press('Enter');
  await customer.sees('reported');
  expect(command.isWaiting).toBe(true);
});
