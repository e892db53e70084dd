// Buttons that are pressed twice on a slow network, and links that come back mangled, as a browser
// sends them.

import { expect, test } from './support/test';
import { onlyLink } from './support/outbox';
import type { Customer } from './support/customer';

/** Holds back every request by so much, as a phone's network does. */
async function slow({ page }: Customer, milliseconds: number) {
  await page.route('**/*', async (route) => {
    await new Promise((resolve) => { setTimeout(resolve, milliseconds); });
    await route.continue().catch(() => {});
  });
}

for (const latency of [50, 300]) {
  test(`a double click on every button of the mail leads on, ${latency} ms away @no-script`, async ({
    agent, customer, outbox,
  }) => {
    const { command, link } = await agent.requestByLink();
    await customer.opens(link);
    await slow(customer, latency);
    await customer.mailField.fill(customer.email);
    await customer.button('sendMail').dblclick();
    await customer.sees('mailSent');
    const mail = await outbox.next('email', customer.email);
    await customer.codeField.fill(mail.code!);
    await customer.button('goOn').dblclick();
    await customer.sees('decision');
    await customer.stops();
    await customer.sees('stopped');
    expect((await command.ended).code).toBe(10);
  });

  test(`a double click on the answer under the mail's link decides once, ${latency} ms away @no-script`, async ({
    agent, customer, outbox,
  }) => {
    const { command, link } = await agent.requestByLink();
    await customer.opens(link);
    await customer.asksForMail();
    const mail = await outbox.next('email', customer.email);
    await slow(customer, latency);
    await customer.page.goto(onlyLink(mail));
    await customer.button('allow').dblclick();
    await customer.sees('allowed');
    await customer.page.goBack();
    await customer.sees('allowed');
    expect((await command.ended).code).toBe(0);
  });
}

test('a link whose ampersands were escaped as a number is opened again as it was', async ({
  agent, browsers, customer, outbox,
}) => {
  // What the browser asks for first is not complete: the page's script mends it.
  browsers.tolerate(/status of 400/);
  const { link } = await agent.requestByLink();
  await customer.opens(link.replaceAll('&', '&#38;'));
  await expect(customer.page.getByText('CASE-4711')).toBeVisible();
  await customer.asksForMail();
  const mail = onlyLink(await outbox.next('email', customer.email));
  await customer.page.goto(mail.replaceAll('&', '&#38;'));
  await customer.sees('decision');
});

test('an answer that does not come is said to be slow, and another press counts once', async ({
  agent, customer,
}) => {
  const { command, link } = await agent.requestByLink();
  const { page } = customer;
  await page.clock.install();
  await customer.comesByMail(link);
  const allow = customer.button('allow');
  const slow = page.locator('[data-slow] .notice');
  await expect(slow).toBeHidden();
  // A connection on which nothing goes out: the page stays, as in a browser that waits for an answer.
  const form = await page.locator('form.decision').elementHandle();
  await form!.evaluate((element) => {
    element.addEventListener('submit', (event) => event.preventDefault(), { once: true });
  });
  await allow.click();
  await page.clock.runFor(5_000);
  await expect(slow).toBeHidden();
  await page.clock.runFor(2_000);
  await expect(slow).toBeVisible();
  await expect(slow).toBeInViewport();
  await allow.click();
  await customer.sees('allowed');
  expect((await command.ended).code).toBe(0);
});
