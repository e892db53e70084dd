// The main story on the other engine, with two instances of everything behind a proxy that asks one
// and then the other: nothing that matters may live in the memory of either.

import { DemoServer, freePorts, prepareDemoServer } from '../../tools/demo-server.mjs';
import { PostgreSql } from './support/postgresql';
import { Proxy } from './support/proxy';
import { expect, test as base } from './support/test';
import { onlyLink } from './support/outbox';

const test = base.extend<{ database: PostgreSql }>({
  database: async ({}, use) => {
    const database = await PostgreSql.start();
    await use(database);
    await database.stop();
  },

  server: async ({ database }, use) => {
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
      await use(Object.assign(Object.create(first) as DemoServer, {
        siteUrl, providerUrl, directory: first.directory, environment: first.environment,
      }));
    } finally {
      for (const proxy of proxies) await proxy.close();
      await second.stop();
      await first.stop();
    }
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
  await customer.sees('goOn');
  await customer.press(/^Continue/);
  await customer.sees('decision');
  await customer.allows();
  await customer.sees('allowed');
  const { code, outcome } = await command.ended;
  expect(code).toBe(0);
  expect(outcome.subject).toBe(demo.users[0].user_id);
});
