// What a link leaves behind, and what a link cannot do.

import { freePorts } from '../../tools/demo-server.mjs';
import { expectPage } from './support/customer';
import { Proxy } from './support/proxy';
import { expect, test } from './support/test';

test('after the first response no address holds the request or its message', async ({
  agent, customer,
}) => {
  const { link, authReqId } = await agent.requestByLink();
  const secrets = [authReqId, 'CASE-4711'];
  const referrers: string[] = [];
  customer.context.on('request', (request) => {
    referrers.push(request.headers().referer ?? '');
    if (request.url() !== link) {
      for (const secret of secrets) expect(request.url()).not.toContain(secret);
    }
  });
  await customer.opens(link);
  const places = await customer.page.evaluate(() => [
    location.href,
    document.referrer,
    ...(window as any).navigation.entries().map((entry: { url: string }) => entry.url),
    ...performance.getEntries().map((entry) => entry.name),
    JSON.stringify({ ...localStorage, ...sessionStorage }),
    document.cookie,
    document.documentElement.outerHTML.replace(/<bdi[^>]*>CASE-4711<\/bdi>/g, ''),
  ]);
  await customer.asksForMail();
  await customer.opensMail();
  await customer.allows();
  await customer.sees('allowed');
  for (const place of [...places, ...referrers]) {
    for (const secret of secrets) expect(place).not.toContain(secret);
  }
});

test.describe('the log', () => {
  test.use({ environment: { CIBA_LOGIN_LOG__FILTER: 'debug' } });

  test('holds neither the request nor what signs in', async ({
    agent, customer, server, outbox, demo,
  }) => {
    const { command, link, authReqId } = await agent.requestByLink();
    await customer.opens(link);
    await customer.asksForMail();
    const mail = await outbox.next('email', customer.email);
    await customer.page.goto(mail.links[0]);
    await customer.sees('decision');
    await customer.allows();
    await customer.sees('allowed');
    await command.ended;
    const callback = new URL(mail.links[0]).searchParams;
    const secrets = [authReqId, demo.client_secret, mail.code!, customer.email, ...callback.values()];
    for (const secret of secrets) expect(server.log).not.toContain(secret);
    expect(server.log, 'there is a log').toContain('customer');
  });
});

test.describe('links that are none', () => {
  const id = 'auth_req_id=1c266114-a1be-4252-8ad1-04986c5b9ac1';
  const hostile: Record<string, string> = {
    'without a request': 'binding_message=CASE-4711',
    'with an empty request': 'auth_req_id=',
    'with an oversized request': `auth_req_id=${'a'.repeat(513)}`,
    'with a request twice': `${id}&${id}`,
    'with a script for a message': `${id}&binding_message=${encodeURIComponent('<script>alert(1)</script>')}`,
    'with a picture for a message': `${id}&binding_message=${encodeURIComponent('<img src=x onerror=x>')}`,
    'with an address for a message': `${id}&binding_message=${encodeURIComponent('https://evil.example')}`,
    'with 21 characters of message': `${id}&binding_message=${'A'.repeat(21)}`,
    'with a message twice': `${id}&binding_message=A&binding_message=B`,
    'with text that runs backwards': `${id}&binding_message=${encodeURIComponent('CASE\u202e1174')}`,
    'with something invisible': `${id}&binding_message=${encodeURIComponent('CASE\u200b4711')}`,
    'with a line break': `${id}&binding_message=A%0D%0ASet-Cookie:x=y`,
    'with bytes that are no text': `${id}&binding_message=%FF%FE`,
  };
  for (const [what, query] of Object.entries(hostile)) {
    test(`a link ${what} gets a calm page that repeats nothing`, async ({ server, customer }) => {
      const answer = await customer.page.goto(`${server.siteUrl}/login?${query}`);
      expect(answer!.status()).toBe(400);
      await customer.sees('malformed');
      const html = await answer!.text();
      for (const value of new URLSearchParams(query).values()) {
        if (value.length > 1) expect(html).not.toContain(value);
      }
      expect(await answer!.headerValue('set-cookie')).toBeNull();
    });
  }
});

test('a message that looks like a number to call is text and no link', async ({ agent, customer }) => {
  const { link } = await agent.requestByLink({ binding_message: '+15550199' });
  await customer.opens(link);
  const message = customer.page.locator('bdi', { hasText: '+15550199' });
  await expect(message).toBeVisible();
  await expect(message.locator('a')).toHaveCount(0);
  await expect(customer.page.locator('meta[name="format-detection"]'))
    .toHaveAttribute('content', /telephone=no/);
});

test('without cookies the page says so, and how to go on @no-script', async ({
  agent, customer, server, browsers,
}) => {
  // The browser may ask for the page's icon when the proxy is gone already.
  browsers.tolerate(/ERR_CONNECTION_REFUSED/);
  const { link } = await agent.requestByLink();
  // As for a browser that keeps none.
  const [port] = await freePorts(1);
  const proxy = await Proxy.listen(port, [server.siteUrl], (headers) => {
    delete headers.cookie;
    delete headers['set-cookie'];
  });
  try {
    await customer.page.goto(link.replace(server.siteUrl, proxy.url));
    await customer.sees('unknown');
    await expect(customer.page.getByText(/does not keep cookies/)).toBeVisible();
      } finally {
    await proxy.close();
  }
});

test('a button on another website does nothing', async ({ agent, customer, server, browsers }) => {
  const { command, link } = await agent.requestByLink();
  await customer.signsInByCode(link);
  const action = customer.page.url();
  const handle = action.split('/').at(-2)!;
  // The same host on another port is another origin and the same site: cookies go along.
  const evil = await customer.context.newPage();
  browsers.tolerate(/403|Failed to load/);
  await evil.goto(`${server.providerUrl}/healthz`);
  await evil.setContent(
    `<form method="post" action="${action}"><input name="handle" value="${handle}">`
    + '<button name="decision" value="approve">Win a prize</button></form>');
  await evil.getByRole('button').click();
  await expectPage(evil, 'foreignForm');
  expect(command.isWaiting).toBe(true);
});
