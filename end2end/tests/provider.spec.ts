// The site against a provider that is another process: as in production, with a configuration and
// credentials of its own, and a provider that goes away and comes back.

import { randomBytes } from 'node:crypto';
import type { DemoServer } from '../../tools/demo-server.mjs';
import { prepareDemoServer } from '../../tools/demo-server.mjs';
import { Agent } from './support/agent';
import { Customer } from './support/customer';
import { test as base, expect, type Demo } from './support/test';
import { onlyLink } from './support/outbox';

/** Points the provider's client at another site. */
async function register(agent: Agent, demo: Demo, siteUrl: string) {
  const client = `${demo.provider_url}/cis/v1/applications/${demo.app_id}/clients/${demo.client_id}`;
  const answer = await fetch(client, {
    method: 'PUT',
    headers: {
      'authorization': `Bearer ${await agent.clientToken()}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({
      redirect_uris: [`${siteUrl}/mail/callback`, `${siteUrl}/social/callback`],
      ciba_authorization: { enabled: true, login_uri: `${siteUrl}/login` },
    }),
  });
  expect(answer.status).toBe(200);
}

const test = base.extend<{ site: DemoServer; visitor: Customer }>({
  site: async ({ server, demo, agent }, use) => {
    const site = await prepareDemoServer({
      CIBA_LOGIN_DEMO__ENABLED: 'false',
      CIBA_LOGIN_PROVIDER__URL: server.providerUrl,
      CIBA_LOGIN_PROVIDER__APP_ID: demo.app_id,
      CIBA_LOGIN_PROVIDER__CLIENT_ID: demo.client_id,
      CIBA_LOGIN_PROVIDER__CLIENT_SECRET: demo.client_secret,
      CIBA_LOGIN_PROVIDER__CONNECT_TIMEOUT: '1',
      CIBA_LOGIN_PROVIDER__TIMEOUT: '2',
      CIBA_LOGIN_SESSION__SEALING_KEY: randomBytes(32).toString('base64'),
    });
    try {
      await site.start();
      await register(agent, demo, site.siteUrl);
      await use(site);
    } finally {
      await site.stop();
    }
  },
  visitor: async ({ site, customer }, use) => {
    expect(site.isRunning).toBe(true);
    await use(customer);
  },
});

test('a site of its own serves the whole story', async ({ agent, site, visitor }) => {
  const { command, link } = await agent.requestByLink();
  expect(link.startsWith(`${site.siteUrl}/login?`)).toBe(true);
  await visitor.comesByMail(link);
  await visitor.allows();
  await visitor.sees('allowed');
  expect((await command.ended).code).toBe(0);
  expect((await fetch(`${site.siteUrl}/demo/outbox`)).status, 'nothing of the demo is there').toBe(404);
});

test('a provider that is away when the decision is made is told when it is back', async ({
  agent, site, visitor, server, demo,
}) => {
  test.slow();
  const { body } = await agent.start({ binding_message: 'CASE-4711' }, { channel: 'link' });
  expect(body.link.startsWith(site.siteUrl)).toBe(true);
  await visitor.signsInByCode(body.link);
  await server.end('SIGKILL');
  await visitor.allows();
  // Nothing has reached the provider, so refusing is still possible.
  await visitor.sees('unsent', { timeout: 20_000 });
  await expect(visitor.button('stop')).toBeVisible();

  await server.start();
  await register(agent, demo, site.siteUrl);
  await visitor.press('sendAgain');
  await visitor.sees('allowed', { timeout: 20_000 });
  await expect.poll(async () => (await agent.poll(body.auth_req_id)).status, { intervals: [1_100] })
    .toBe(200);
});

test('a provider that is away at sign-in is said to be away, and nothing is lost', async ({
  agent, visitor, server, demo, site, outbox,
}) => {
  test.slow();
  const { body } = await agent.start({ binding_message: 'CASE-4711' }, { channel: 'link' });
  await visitor.opens(body.link);
  await visitor.asksForMail();
  const mail = onlyLink(await outbox.next('email', visitor.email));
  await server.end('SIGKILL');
  await visitor.page.goto(mail);
  await visitor.sees('decision');
  await visitor.allows();
  await visitor.sees('unreachable', { timeout: 20_000 });

  await server.start();
  await register(agent, demo, site.siteUrl);
  await visitor.page.goto(mail);
  await visitor.sees('decision');
  await visitor.stops();
  await visitor.sees('stopped');
  expect((await agent.poll(body.auth_req_id)).body.error).toBe('access_denied');
});

test('a mail that was asked for while the provider was away is sent when it is back', async ({
  agent, browsers, visitor, server, demo, site,
}) => {
  test.slow();
  // A touch of the field asks for a passkey's options, which nobody has.
  browsers.tolerate(/503/);
  const { body } = await agent.start({ binding_message: 'CASE-4711' }, { channel: 'link' });
  await visitor.opens(body.link);
  await server.end('SIGKILL');
  await visitor.asksForMail();
  await server.start();
  await register(agent, demo, site.siteUrl);
  await visitor.opensMail();
});

test('a site that is killed between decision and answer tells the provider once it is back', async ({
  agent, site, visitor, server,
}) => {
  test.slow();
  const { body } = await agent.start({ binding_message: 'CASE-4711' }, { channel: 'link' });
  await visitor.signsInByCode(body.link);
  // The provider is stopped, not gone: the site has sent the decision and waits for the answer.
  process.kill(server.pid, 'SIGSTOP');
  try {
    await visitor.button('allow').click({ noWaitAfter: true });
    // An answer to the outcome's page, asked for elsewhere, says that the decision is written down.
    const outcome = visitor.page.url().replace(/decision$/, 'outcome');
    await expect.poll(async () => (await visitor.context.request.get(outcome)).text())
      .toContain('Your answer is on its way');
    await site.end('SIGKILL');
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
  await site.start();
  await expect.poll(async () => (await agent.poll(body.auth_req_id)).status, {
    timeout: 45_000,
    intervals: [1_100],
  }).toBe(200);
  await visitor.page.goto(body.link);
  await visitor.sees('allowed', { timeout: 20_000 });
});

test.describe('with an issuer that is not the address', () => {
  base.use({ environment: { CIBA_LOGIN_PROVIDER__ISSUER: 'https://userid.example' } });

  base('the whole story holds where the issuer is not the address of the provider', async ({
    agent, customer,
  }) => {
    const { command, link } = await agent.requestByLink({});
    await customer.comesByMail(link);
    await customer.allows();
    await customer.sees('allowed');
    expect((await command.ended).code).toBe(0);
    const token = await agent.clientToken();
    const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
    expect(claims.iss).toBe('https://userid.example');
  });
});
