// One decision: whatever is pressed, wherever, and whatever dies in between.

import { expect, test } from './support/test';
import { buttonOn, expectPage } from './support/customer';
import { until } from './support/wait';

test('a double press is one decision @no-script', async ({ agent, customer }) => {
  const { command, link } = await agent.requestByLink();
  await customer.comesByMail(link);
  const presses: string[] = [];
  customer.page.on('request', (request) => {
    if (request.method() === 'POST') presses.push(request.postData() ?? '');
  });
  await customer.button('allow').dblclick();
  await customer.sees('allowed');
  expect(presses.length).toBeGreaterThan(0);
  const { code, outcome } = await command.ended;
  expect({ code, outcome: outcome.outcome }).toEqual({ code: 0, outcome: 'token' });
});

test('Back after the decision shows what was decided @no-script', async ({ agent, customer }) => {
  const { command, link } = await agent.requestByLink();
  await customer.comesByMail(link);
  await customer.allows();
  await customer.sees('allowed');
  await customer.page.goBack();
  await customer.sees('allowed');
  await customer.page.goto(link);
  await customer.sees('allowed');
  expect((await command.ended).code).toBe(0);
});

test('two tabs decide once, and both say the same', async ({ agent, customer }) => {
  const { command, link } = await agent.requestByLink();
  await customer.comesByMail(link);
  const second = await customer.context.newPage();
  await second.goto(customer.page.url());
  await expectPage(second, 'decision');
  await customer.stops();
  await customer.sees('stopped');
  await buttonOn(second, 'allow').click();
  await expectPage(second, 'stopped');
  expect((await command.ended).code).toBe(10);
});

test('two requests in two tabs never mix', async ({ agent, customer }) => {
  const first = await agent.requestByLink({ binding_message: 'CASE-1111' });
  const second = await agent.requestByLink({ binding_message: 'CASE-2222' });
  await customer.opens(first.link);
  const other = await customer.context.newPage();
  await other.goto(second.link);
  await expect(other.getByText('CASE-2222')).toBeVisible();
  await customer.asksForMail();
  await customer.opensMail();
  await expect(customer.page.getByText('CASE-1111')).toBeVisible();
  await other.reload();
  await expectPage(other, 'request');
  await expect(other.getByText('CASE-2222')).toBeVisible();
  await customer.allows();
  await customer.sees('allowed');
  expect((await first.command.ended).code).toBe(0);
  expect(second.command.isWaiting).toBe(true);
});

for (const profile of ['precise', 'uninformative_400', 'uninformative_500']) {
  test.describe(`where the provider says no in the way '${profile}'`, () => {
    test.use({
      environment: { CIBA_LOGIN_PROVIDER__COMPLETE_ERRORS: profile },
    });

    test(`a wrong account's press is refused, and the right one still allows (${profile})`, async ({
      agent, newCustomer,
    }) => {
      // By plain HTTP, so that the site has no record and the provider alone knows whose it is.
      const { body } = await agent.start({ binding_message: 'CASE-4711' }, { channel: 'link' });
      const stranger = await newCustomer(1);
      await stranger.comesByMail(body.link);
      await stranger.allows();
      await expect(stranger.page.locator('main')).toHaveAttribute('data-page', /^(?!outcome-allowed)/);
      await stranger.isAccessible();
      if (profile === 'precise') await stranger.sees('wrongAccount');
      expect((await agent.poll(body.auth_req_id)).body.error).toBe('authorization_pending');

      const customer = await newCustomer();
      await customer.comesByMail(body.link);
      await customer.allows();
      await customer.sees('allowed');
      const { status, body: tokens } = await until('the token', async () => {
        const answer = await agent.poll(body.auth_req_id);
        return /pending|slow_down/.test(answer.body.error ?? '') ? undefined : answer;
      });
      expect(status).toBe(200);
      expect(tokens.token_type).toBe('Bearer');
    });
  });
}

test('where the request is on record, a wrong account decides nothing', async ({
  agent, newCustomer,
}) => {
  const { command, link } = await agent.requestByLink();
  const stranger = await newCustomer(1);
  await stranger.opens(link);
  await stranger.asksForMail();
  await stranger.opensMail();
  await stranger.allows();
  await stranger.sees('wrongAccount');
  const customer = await newCustomer();
  await customer.comesByMail(link);
  await customer.allows();
  await customer.sees('allowed');
  expect((await command.ended).code).toBe(0);
});

test('where the request is on record, another message is refused', async ({
  agent, customer, browsers,
}) => {
  browsers.tolerate(/409/);
  const { command, link } = await agent.requestByLink();
  await customer.page.goto(link.replace('CASE-4711', 'CASE-0000'));
  await customer.sees('changed');
  expect(command.isWaiting).toBe(true);
});
