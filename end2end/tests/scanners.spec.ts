// What opens links before people do: gateways, previews, and robots that press buttons.

import type { Page } from '@playwright/test';
import { expect, test } from './support/test';
import { onlyLink } from './support/outbox';

const robots: [string, RequestInit][] = [
  ['HEAD', { method: 'HEAD' }],
  ['GET', {}],
  ['GET by a preview', { headers: { 'user-agent': 'facebookexternalhit/1.1 Facebot Twitterbot/1.0' } }],
  ['GET by a prefetch', { headers: { 'sec-purpose': 'prefetch' } }],
  ['GET without a name', { headers: { 'user-agent': '' } }],
  ['GET that follows redirects', { redirect: 'follow' }],
];

/** A robot with a browser: runs scripts, and presses every button of every page that it reaches. */
async function pressEverything(page: Page, link: string) {
  const pressed = new Set<string>();
  await page.goto(link);
  for (let round = 0; round < 25; round += 1) {
    await page.waitForLoadState('load');
    const buttons = await page.locator('button:visible, a.button:visible').all();
    let next;
    for (const button of buttons) {
      const name = `${new URL(page.url()).pathname} ${await button.textContent()}`;
      if (!pressed.has(name)) {
        pressed.add(name);
        next = button;
        break;
      }
    }
    if (!next) {
      // Every button of this page was pressed: back to where there may be more.
      if (pressed.has(`end ${page.url()}`)) break;
      pressed.add(`end ${page.url()}`);
      // What it pressed last may still be leading elsewhere; then it is on its way.
      await page.goto(link).catch(() => {});
      continue;
    }
    await next.click({ timeout: 3_000, noWaitAfter: true }).catch(() => {});
  }
  return pressed;
}

test('robots of every kind decide nothing, and the person still gets in', async ({
  agent, customer, newCustomer, outbox, browsers,
}) => {
  test.slow();
  const { command, link } = await agent.requestByLink();
  for (const [what, init] of robots) {
    const answer = await fetch(link, { redirect: 'manual', ...init });
    expect(answer.status, what).toBeLessThan(500);
  }
  const robot = await newCustomer();
  await pressEverything(robot.page, link);

  await customer.opens(link);
  await customer.asksForMail();
  const mail = onlyLink(await outbox.next('email', customer.email));
  for (const [what, init] of robots) {
    const answer = await fetch(mail, { redirect: 'manual', ...init });
    expect(answer.status, what).toBeLessThan(500);
  }
  const mailRobot = await newCustomer();
  const pressed = await pressEverything(mailRobot.page, mail);
  expect([...pressed].some((name) => name.includes('Continue')), 'the robot presses').toBe(true);
  expect([...pressed].some((name) => name.includes('Yes, allow')), 'and gets nowhere').toBe(false);
  expect(command.isWaiting, 'nothing is decided').toBe(true);
  browsers.tolerate(/^console: /);

  await customer.page.goto(mail);
  await customer.sees('decision');
  await customer.allows();
  await customer.sees('allowed');
  expect((await command.ended).code).toBe(0);
});

test('a robot in the browser that asked cannot be told from the person, and a GET decides nothing', async ({
  agent, customer,
}) => {
  const { command, link } = await agent.requestByLink();
  await customer.comesByMail(link);
  const decision = customer.page.url();
  for (const method of ['HEAD', 'GET']) {
    const answer = await customer.context.request.fetch(`${decision}?decision=approve`, { method });
    expect(answer.status(), method).toBe(200);
  }
  expect(command.isWaiting).toBe(true);
});
