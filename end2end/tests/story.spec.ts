// The whole story: the operator's command in a process of its own, the message, the page, the mail,
// the decision, and what the command ends with.

import { expect, test } from './support/test';
import { onlyLink } from './support/outbox';

test('a customer allows, and the agent gets the token @no-script', async ({
  agent, customer, demo, outbox,
}) => {
  const request = agent.request({ binding_message: 'CASE-4711' });
  const { channel, login_hint_type } = await request.event('started');
  expect({ channel, login_hint_type }).toEqual({ channel: 'sms', login_hint_type: 'phone' });

  await customer.opens(await outbox.smsLink(demo.users[0].phone_number));
  await expect(customer.page.getByText('CASE-4711')).toBeVisible();
  await customer.asksForMail();
  await customer.opensMail();
  await expect(customer.page.getByText('CASE-4711')).toBeVisible();
  expect(request.isWaiting, 'nothing is decided by opening the mail').toBe(true);
  await customer.allows();
  await customer.sees('allowed');

  const { code, outcome } = await request.ended;
  expect(code).toBe(0);
  expect(outcome).toMatchObject({ outcome: 'token', subject: demo.users[0].user_id });
  expect(outcome.amr).toContain('eml');
});

test('a customer refuses, and the agent is told so @no-script', async ({ agent, customer }) => {
  const { command, link } = await agent.requestByLink();
  await customer.comesByMail(link);
  await customer.stops();
  await customer.sees('stopped');
  expect(await command.ended).toMatchObject({
    code: 10,
    outcome: { event: 'outcome', outcome: 'denied', ending: 'stopped' },
  });
});

test('somebody who speaks with nobody stops the request and is told what to do @no-script', async ({
  agent, customer,
}) => {
  const { command, link } = await agent.requestByLink();
  await customer.signsInByCode(link);
  await customer.doubts();
  await customer.press('report');
  await customer.sees('stopped');
  await expect(customer.page.locator('#advice')).toBeVisible();
  expect((await command.ended).code).toBe(10);
});

test('somebody who speaks with nobody and is not signed in can say so, and decides nothing', async ({
  agent, customer,
}) => {
  const { command, link } = await agent.requestByLink();
  await customer.opens(link);
  await customer.doubts();
  await customer.press('report');
  await customer.sees('reported');
  expect(command.isWaiting, 'a stranger must not stand in the way').toBe(true);
});

test('a request reaches the customer by e-mail too', async ({ agent, customer, demo, outbox }) => {
  const request = agent.request({
    login_hint: demo.users[0].email,
    binding_message: 'CASE-4711',
    channel: 'email',
  });
  const mail = await outbox.next('email', demo.users[0].email);
  await customer.comesByMail(onlyLink(mail));
  await customer.allows();
  await customer.sees('allowed');
  expect((await request.ended).code).toBe(0);
});

test('a request without a reference says so and can be allowed @no-script', async ({
  agent, customer, demo, outbox,
}) => {
  const request = agent.request();
  await customer.opens(await outbox.smsLink(demo.users[0].phone_number));
  await expect(customer.page.getByText(/No reference came with the link/)).toBeVisible();
  await customer.asksForMail();
  await customer.opensMail();
  await customer.allows();
  await customer.sees('allowed');
  expect((await request.ended).code).toBe(0);
});

test('a plus sign in the reference is a plus sign, however it travels', async ({
  agent, newCustomer,
}) => {
  const { command, link } = await agent.requestByLink({ binding_message: 'A+1/b?#!' });
  const written = new URL(link);
  expect(written.searchParams.get('binding_message')).toBe('A+1/b?#!');
  // Some intermediaries decode %2B, and then a reader sees a space.
  const decoded = link.replace('%2B', '+');
  for (const address of new Set([link, decoded])) {
    const customer = await newCustomer();
    await customer.opens(address);
    await expect(customer.page.getByText('A+1/b?#!')).toBeVisible();
  }
  const customer = await newCustomer();
  await customer.comesByMail(decoded);
  await customer.allows();
  await customer.sees('allowed');
  expect((await command.ended).code).toBe(0);
});

test('a request that nobody answers in time ends on both sides @no-script', async ({
  agent, customer,
}) => {
  const { command, link } = await agent.requestByLink({ requested_expiry: 4 });
  await customer.opens(link);
  expect((await command.ended).code).toBe(11);
  await customer.page.goto(link);
  await customer.sees('expired');
});

test('the last minute and the end are announced, and nothing reloads', async ({ agent, customer }) => {
  const { link } = await agent.requestByLink({ requested_expiry: 180 });
  const { page } = customer;
  await page.clock.install();
  await customer.opens(link);
  const field = customer.mailField;
  await field.fill('half a');
  await page.evaluate(() => { document.title = 'still the same page'; });
  const said = page.locator('.time[role=status]');
  // What is hidden is not announced.
  const seen = { useInnerText: true };
  await expect(said).toHaveText(/within [23] minutes/, seen);
  // The island sleeps until the browser has nothing better to do.
  await expect(async () => {
    await page.clock.runFor(130_000);
    await expect(said).toHaveText('Less than one minute is left to answer.', { ...seen, timeout: 1_000 });
  }).toPass();
  await page.clock.runFor(60_000);
  await expect(said).toHaveText(/^The time to answer is over/, seen);
  await expect(field).toHaveValue('half a');
  await expect(page).toHaveTitle('still the same page');
});

test('a decision that comes too late allows nothing', async ({ agent, demo, customer }) => {
  // Started by plain HTTP, the site has no record and learns of the end from the provider alone.
  const { body } = await agent.start(
    { binding_message: 'CASE-4711', requested_expiry: '5' }, { channel: 'link' });
  await customer.comesByMail(body.link);
  await expect.poll(async () => (await agent.poll(body.auth_req_id)).body.error, {
    timeout: 15_000,
    intervals: [1_100],
  }).toBe('expired_token');
  await customer.allows();
  await customer.sees('expired');
  expect(demo.users[0].email).toBe(customer.email);
});

test('the agent is told why a request cannot be started', async ({ agent, demo }) => {
  const unknown = await agent.request({ login_hint: '+15550199' }).ended;
  expect(unknown.code).toBe(12);
  expect(unknown.outcome).toMatchObject({ outcome: 'failed', code: 'unknown_user_id' });
  const unverified = await agent.request({ login_hint: demo.users[2].phone_number }).ended;
  expect(unverified.code, 'an unverified phone gets no SMS').toBe(12);
});
