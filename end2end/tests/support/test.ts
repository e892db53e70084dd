// The test function of all stories: a server of its own for each test (it starts in a fraction of a
// second), an agent, an outbox, and customers in browsers that are watched.

import { test as base, type BrowserContextOptions } from '@playwright/test';
import { startDemoServer, type DemoServer } from '../../../tools/demo-server.mjs';
import { Agent } from './agent';
import { Customer } from './customer';
import { Outbox } from './outbox';
import { WatchedBrowsers } from './watched-browser';

export { expect } from '@playwright/test';

export interface Demo {
  site_url: string;
  provider_url: string;
  app_id: string;
  client_id: string;
  client_secret: string;
  login_uri: string;
  users: { user_id: string; email: string; phone_number: string }[];
}

interface Fixtures {
  /** Variables over the demo's own: `test.use({ environment: { … } })`. */
  environment: Record<string, string>;
  server: DemoServer;
  demo: Demo;
  outbox: Outbox;
  agent: Agent;
  browsers: WatchedBrowsers;
  /** Somebody in a browser of their own; the demo's first customer unless another is named. */
  newCustomer: (user?: number, options?: BrowserContextOptions) => Promise<Customer>;
  customer: Customer;
}

export const test = base.extend<Fixtures>({
  environment: [{}, { option: true }],

  server: async ({ environment }, use, info) => {
    const server = await startDemoServer({
      // The agent's command ends with the next poll.
      CIBA_LOGIN_PROVIDER__POLL_INTERVAL: '1',
      ...environment,
    });
    await use(server);
    await server.stop();
    if (info.status !== info.expectedStatus && server.log) {
      await info.attach('server-log', { body: server.log, contentType: 'text/plain' });
    }
  },

  demo: async ({ server }, use) => use(await server.demo()),

  outbox: async ({ server }, use) => use(new Outbox(`${server.providerUrl}/demo/outbox`)),

  agent: async ({ server, demo }, use) => {
    const { client_id, client_secret, users } = demo;
    const agent = new Agent(
      server.environment, server.providerUrl, { client_id, client_secret }, users[0].phone_number);
    await use(agent);
    agent.killAll();
  },

  browsers: async ({ browser, javaScriptEnabled }, use) => {
    const browsers = new WatchedBrowsers(browser, javaScriptEnabled ?? true);
    await use(browsers);
    await browsers.close();
  },

  newCustomer: async ({ browsers, demo, outbox, javaScriptEnabled }, use) => {
    await use(async (user = 0, options = {}) => {
      const context = await browsers.open(options);
      const hasScript = options.javaScriptEnabled ?? javaScriptEnabled ?? true;
      return new Customer(
        context, await context.newPage(), demo.users[user].email, outbox, hasScript);
    });
  },

  customer: async ({ newCustomer }, use) => use(await newCustomer()),
});
