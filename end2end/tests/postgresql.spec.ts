// The main story on the other engine, with two instances of everything behind a proxy that asks one
// and then the other: nothing that matters may live in the memory of either.

import { DemoServer, freePorts, prepareDemoServer } from '../../tools/demo-server.mjs';
import { ask, cardOf, desktop, expectStatus, linkOn, withdraw } from './support/desk';
import { PostgreSql } from './support/postgresql';
import { Proxy } from './support/proxy';
import { expect, test as base } from './support/test';
import { onlyLink } from './support/outbox';

interface Instances {
  first: DemoServer;
  second: DemoServer;
  /** The proxies' addresses. */
  siteUrl: string;
  providerUrl: string;
}

const test = base.extend<{ database: PostgreSql; instances: Instances }>({
  database: async ({}, use) => {
    const database = await PostgreSql.start();
    await use(database);
    await database.stop();
  },

  instances: async ({ database }, use) => {
    const [sitePort, providerPort] = await freePorts(2);
    const siteUrl = `http://localhost:${sitePort}`;
    const providerUrl = `http://localhost:${providerPort}`;
    const environment = {
      CIBA_LOGIN_STORAGE__URL: database.url,
      CIBA_LOGIN_SITE__PUBLIC_URL: siteUrl,
      CIBA_LOGIN_PROVIDER__PUBLIC_URL: providerUrl,
      CIBA_LOGIN_PROVIDER__POLL_INTERVAL: '1',
    };
    const first = await prepareDemoServer(environment);
    const second = await prepareDemoServer({
      ...environment,
      CIBA_LOGIN_DEMO__DIRECTORY: first.directory,
    });
    const proxies: Proxy[] = [];
    try {
      // The provider is called at its public address while an instance starts.
      proxies.push(
        await Proxy.listen(sitePort, [first.siteUrl, second.siteUrl]),
        await Proxy.listen(providerPort, [first.providerUrl, second.providerUrl]),
      );
      await first.start();
      await second.start();
      await use({ first, second, siteUrl, providerUrl });
    } finally {
      for (const proxy of proxies) await proxy.close();
      await second.stop();
      await first.stop();
    }
  },

  server: async ({ instances: { first, siteUrl, providerUrl } }, use) => {
    await use(Object.assign(Object.create(first) as DemoServer, {
      siteUrl, providerUrl, directory: first.directory, environment: first.environment,
    }));
  },

  demo: async ({ server }, use) => {
    const { readFile } = await import('node:fs/promises');
    await use(JSON.parse(await readFile(`${server.directory}/demo.json`, 'utf8')));
  },
});

test('the whole story on PostgreSQL, over two instances that take turns', async ({
  agent, customer, demo, outbox,
}) => {
  test.slow();
  const { command, link } = await agent.requestByLink();
  await customer.opens(link);
  await customer.asksForMail();
  await customer.page.goto(onlyLink(await outbox.next('email', customer.email)));
  await customer.sees('decision');
  await customer.allows();
  await customer.sees('allowed');
  const { code, outcome } = await command.ended;
  expect(code).toBe(0);
  expect(outcome.subject).toBe(demo.users[0].user_id);
});

test('what happens at one instance is seen live at the desk of the other', async ({
  instances: { first, second }, browsers, customer, demo, outbox,
}) => {
  test.slow();
  const open = async (url: string) => {
    const page = await (await browsers.open(desktop)).newPage();
    await page.goto(`${url}/desk`);
    return page;
  };
  // Nothing is loaded again below: what an agent sees comes as events.
  const [asking, watching] = [await open(first.deskUrl), await open(second.deskUrl)];
  await expect(watching.locator('[data-part=empty]')).toBeVisible();
  await ask(asking, 'link');
  const link = await linkOn(asking);
  const card = cardOf(watching);
  await expectStatus(card, 'waiting');

  await customer.opens(link);
  await customer.asksForMail();
  await expectStatus(card, 'opened');
  await customer.typesCode((await outbox.next('email', customer.email)).code!);
  await customer.sees('decision');
  await expectStatus(card, 'deciding');
  await customer.allows();
  await customer.sees('allowed');

  const standing = async (page: typeof asking) => {
    const own = cardOf(page);
    await expectStatus(own, 'allowed');
    await expect(own.getByText(demo.users[0].user_id)).toBeVisible();
    return own.innerText();
  };
  expect(await standing(watching)).toBe(await standing(asking));

  // And back: what the other one does is seen here, and counts once.
  await ask(watching, 'sms', 'CASE-4712');
  await withdraw(cardOf(asking, 'CASE-4712'));
  await expectStatus(cardOf(watching, 'CASE-4712'), 'withdrawn');
  await expect(watching.locator('[data-part=history]')).toBeVisible();
});
