// Passkeys, with Chromium's virtual authenticator: one touch, and the ways it can go wrong.

import { expect, test as base } from './support/test';
import type { Agent } from './support/agent';
import { buttonOn, expectPage, type Customer } from './support/customer';
import { VirtualAuthenticator } from './support/virtual-authenticator';

const test = base.extend<{
  hasAutofill: boolean;
  phone: VirtualAuthenticator;
  enrolled: Customer;
}>({
  /** Without: as in browsers that offer no passkeys in a field. */
  hasAutofill: [false, { option: true }],

  /** The screen lock of the customer's phone; it holds no passkey yet. */
  phone: async ({ customer, demo, hasAutofill }, use) => {
    await remembersAPasskey(customer, demo.site_url);
    if (!hasAutofill) await offersNothingInFields(customer);
    await use(await VirtualAuthenticator.attach(customer.page));
  },

  /** The customer, who has added a passkey after a decision. */
  enrolled: async ({ agent, customer, phone }, use) => {
    await enrol(agent, customer, phone);
    await use(customer);
  },
});

/** The virtual finger is always down, so an offer in the field would be taken at once. */
async function offersNothingInFields(customer: Customer) {
  await customer.context.addInitScript(() => {
    // Blank pages have no passkeys.
    if (!('PublicKeyCredential' in window)) return;
    PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });
}

/** As a browser in which a passkey was used before: there one touch comes first. */
async function remembersAPasskey(customer: Customer, site: string) {
  await customer.context.addCookies([{ name: 'passkey_used', value: '1', url: site }]);
}

/** Allows a request after a sign-in by mail, adds a passkey, and is told of it. */
async function enrol(agent: Agent, customer: Customer, phone: VirtualAuthenticator) {
  const { command, link } = await agent.requestByLink();
  await customer.comesByMail(link);
  await customer.allows();
  await customer.sees('allowed');
  await customer.press('addPasskey');
  await expect(customer.page.locator('main[data-page=outcome-passkey-added]'))
    .toBeVisible();
  await customer.isAccessible();
  expect(await phone.credentials()).toHaveLength(1);
  expect((await command.ended).code).toBe(0);
  const notice = await customer.outbox.next('email', customer.email);
  expect(notice.subject).toContain('A passkey was added');
  expect(notice.text).toMatch(/On \d{4}-\d\d-\d\d \d\d:\d\d UTC a passkey was added/);
  expect(notice.text).toMatch(/Was it not you\? If somebody is on the phone, hang up\. Then call \+1\s555\s0199 at once/);
  expect(notice).toMatchObject({ links: [], code: null });
  expect(notice.text).not.toContain('http');
}

/** What the page says after a touch that was not given. */
const calm = (customer: Customer) => customer.page.locator('.said .calm');

/** What the page says after a touch to stop that stopped nothing. */
const stillOpen = (customer: Customer) =>
  customer.page.locator('.said p.open');

/** What the page says where no passkey can be asked for. */
const away = (customer: Customer) =>
  customer.page.locator('.said .away');

/** The words with which the page has told the server why no passkey was used. */
function faults(customer: Customer) {
  const told: (string | null)[] = [];
  customer.page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname.endsWith('/passkey/fault')) told.push(searchParams.get('what'));
  });
  return told;
}

/** How often the page has asked for options. */
function countOptions(customer: Customer) {
  const asked = { times: 0 };
  customer.page.on('request', (request) => {
    if (request.url().endsWith('/passkey/options')) asked.times += 1;
  });
  return asked;
}

/** Lets the browser answer every modal request by this exception. */
async function failWith(customer: Customer, name: string) {
  await customer.context.addInitScript((error) => {
    if (!('PublicKeyCredential' in window)) return;
    navigator.credentials.get = async () => {
      throw new DOMException('as the test wants it', error);
    };
  }, name);
}

test.describe('one touch', () => {
  test('a passkey that was added after one decision allows the next request', async ({
    agent, enrolled, demo,
  }) => {
    const { command, link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await enrolled.opens(link);
    await enrolled.press('allow');
    await enrolled.sees('allowed');
    const { code, outcome } = await command.ended;
    expect(code).toBe(0);
    expect(outcome).toMatchObject({ subject: demo.users[0].user_id });
    expect(outcome.amr).toContain('webauthn');
    await expect(enrolled.button('addPasskey')).toHaveCount(0);
  });

  test('one touch refuses as well', async ({ agent, enrolled }) => {
    const { command, link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await enrolled.opens(link);
    await enrolled.press('stop');
    await enrolled.sees('stopped');
    expect((await command.ended).code).toBe(10);
  });

  test('two requests at once are decided each by its own touch', async ({ agent, enrolled, phone }) => {
    const first = await agent.requestByLink({ binding_message: 'CASE-1111' });
    const second = await agent.requestByLink({ binding_message: 'CASE-2222' });
    const [passkey] = await phone.credentials();
    await enrolled.opens(first.link);
    const tab = await enrolled.context.newPage();
    const tabsLock = await VirtualAuthenticator.attach(tab);
    await tabsLock.add(passkey);
    await tab.goto(second.link);
    await buttonOn(tab, 'stop').click();
    await expectPage(tab, 'stopped');
    // Both tabs are one phone: its counter has gone on.
    await phone.removeAll();
    await phone.add((await tabsLock.credentials())[0]);
    await enrolled.page.bringToFront();
    await enrolled.press('allow');
    await enrolled.sees('allowed');
    expect((await first.command.ended).code).toBe(0);
    expect((await second.command.ended).code).toBe(10);
  });

  test('somebody else\'s passkey decides nothing', async ({ agent, enrolled, demo }) => {
    const { command, link } = await agent.requestByLink({
      login_hint: demo.users[1].phone_number,
      binding_message: 'CASE-8263',
    });
    await enrolled.opens(link);
    await enrolled.press('allow');
    await enrolled.sees('wrongAccount');
    expect(command.isWaiting).toBe(true);
  });

  test('a touch that is not given leaves the other ways in view', async ({
    agent, enrolled, phone,
  }) => {
    const { command, link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await enrolled.opens(link);
    await phone.setUserVerified(false);
    await enrolled.press('allow');
    await expect(calm(enrolled)).toBeVisible();
    await expect(enrolled.page.getByText(/fail|error/i)).toHaveCount(0);
    await expect(enrolled.mailField).toBeVisible();
    await enrolled.isAccessible();
    await phone.setUserVerified(true);
    await enrolled.press('allow');
    await enrolled.sees('allowed');
    expect((await command.ended).code).toBe(0);
  });

  test('a touch to stop that is not given does not read as if it had stopped anything', async ({
    agent, customer, phone,
  }) => {
    const { command, link } = await agent.requestByLink();
    await customer.opens(link);
    expect(await phone.credentials()).toEqual([]);
    await customer.press('stop');
    await expect(stillOpen(customer)).toBeVisible();
    await expect(calm(customer)).toBeHidden();
    await customer.isAccessible();
    await customer.page.locator('.said a.open').click();
    await customer.press('report');
    await customer.sees('reported');
    expect(command.isWaiting).toBe(true);
  });

  test('two quick taps are one', async ({ agent, enrolled }) => {
    await enrolled.context.addInitScript(() => {
      if (!('PublicKeyCredential' in window)) return;
      const original = navigator.credentials.get.bind(navigator.credentials);
      navigator.credentials.get = (options) => {
        sessionStorage.asked = Number(sessionStorage.asked ?? 0) + 1;
        return original(options);
      };
    });
    const { link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await enrolled.opens(link);
    await enrolled.button('allow').dblclick();
    await enrolled.sees('allowed');
    expect(await enrolled.page.evaluate(() => sessionStorage.asked)).toBe('1');
  });

  test('without a passkey nothing looks like an error', async ({ agent, customer, phone }) => {
    const { command, link } = await agent.requestByLink();
    await customer.opens(link);
    expect(await phone.credentials()).toEqual([]);
    await customer.press('allow');
    await expect(calm(customer)).toBeVisible();
    await customer.asksForMail();
    await customer.opensMail();
    await customer.stops();
    await customer.sees('stopped');
    expect((await command.ended).code).toBe(10);
  });

  test('a passkey that the provider no longer knows is removed from the phone', async ({
    agent, enrolled, phone, demo,
  }) => {
    const [passkey] = await phone.credentials();
    const credentials = `${demo.provider_url}/cis/v1/users/${demo.users[0].user_id}/webauthn-credentials`;
    const removed = await fetch(`${credentials}/${encodeURIComponent(passkey.credentialId)}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${await agent.clientToken()}` },
    });
    expect(removed.ok, `${removed.status}`).toBe(true);
    const { link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await enrolled.opens(link);
    await enrolled.press('allow');
    await expect.poll(async () => (await phone.credentials()).length).toBe(0);
    await expect(enrolled.mailField).toBeVisible();
  });
});

test.describe('what browsers say', () => {
  for (const name of ['NotAllowedError', 'OperationError', 'UnknownError']) {
    test(`${name} is calm, and the other ways are in view`, async ({ agent, customer, phone }) => {
      await failWith(customer, name);
      const { link } = await agent.requestByLink();
      await customer.opens(link);
      expect(await phone.credentials()).toEqual([]);
      await customer.press('allow');
      await expect(calm(customer)).toBeVisible();
      await expect(customer.page.getByText(/fail|error/i)).toHaveCount(0);
      await expect(customer.mailField).toBeVisible();
      await expect(customer.button('allow')).toBeVisible();
    });
  }

  test('AbortError is silent, and the next press is a new one', async ({ agent, enrolled }) => {
    const { link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await enrolled.context.addInitScript(() => {
      if (!('PublicKeyCredential' in window)) return;
      const original = navigator.credentials.get.bind(navigator.credentials);
      navigator.credentials.get = async () => {
        navigator.credentials.get = original;
        throw new DOMException('another part of the browser', 'AbortError');
      };
    });
    await enrolled.opens(link);
    const asked = countOptions(enrolled);
    await enrolled.press('allow');
    await expect.poll(() => asked.times).toBe(1);
    await expect(calm(enrolled)).toBeHidden();
    await enrolled.press('allow');
    await enrolled.sees('allowed');
  });

  test('SecurityError hides passkeys and is told to the operator', async ({
    agent, customer, phone, browsers, server,
  }) => {
    browsers.tolerate(/passkeys are not set up for this address/);
    await failWith(customer, 'SecurityError');
    const { link } = await agent.requestByLink();
    await customer.opens(link);
    expect(await phone.credentials()).toEqual([]);
    await customer.press('allow');
    for (const name of ['allow', 'stop'] as const) {
      await expect(customer.button(name)).toBeHidden();
    }
    await expect(calm(customer)).toBeHidden();
    await expect(away(customer)).toBeVisible();
    // The button is gone: the focus goes on from what is said.
    await expect(customer.page.locator('.said')).toBeFocused();
    await expect(customer.mailField).toBeVisible();
    await customer.isAccessible();
    await expect.poll(() => server.log).toContain('browsers refuse passkeys here');
  });

  test('a device that has a passkey says so instead of making a second one', async ({
    agent, customer, phone,
  }) => {
    await customer.context.addInitScript(() => {
      if (!('PublicKeyCredential' in window)) return;
      // As the authenticator says of a credential that it was told to leave alone.
      navigator.credentials.create = async () => {
        throw new DOMException('excluded', 'InvalidStateError');
      };
    });
    const { link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await customer.comesByMail(link);
    await customer.allows();
    await customer.sees('allowed');
    await customer.press('addPasskey');
    await expect(customer.page.locator('.said .exists'))
      .toBeVisible();
    await expect(customer.button('addPasskey')).toBeHidden();
    await expect(customer.page.locator('.said')).toBeFocused();
    await customer.isAccessible();
    expect(await phone.credentials()).toEqual([]);
  });

  test('a passkey that is not made is said to be not made', async ({ agent, customer, phone }) => {
    const { link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await customer.comesByMail(link);
    await customer.allows();
    await customer.sees('allowed');
    await phone.setUserVerified(false);
    await customer.press('addPasskey');
    await expect(customer.page.locator('.said .calm'))
      .toBeVisible();
    await expect(customer.button('addPasskey')).toBeVisible();
    await customer.isAccessible();
    expect(await phone.credentials()).toEqual([]);
  });

  test('a password manager\'s own credential is read although toJSON throws', async ({
    agent, customer, phone,
  }) => {
    await customer.context.addInitScript(() => {
      if (!('PublicKeyCredential' in window)) return;
      // As a browser does for an object that it has not made itself.
      PublicKeyCredential.prototype.toJSON = () => { throw new TypeError('Illegal invocation'); };
    });
    await enrol(agent, customer, phone);
    const { command, link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await customer.opens(link);
    await customer.press('allow');
    await customer.sees('allowed');
    expect((await command.ended).code).toBe(0);
  });

  test('whoever has nothing on this device is asked for everything by the next press', async ({
    agent, enrolled,
  }) => {
    await enrolled.context.addInitScript(() => {
      if (!('PublicKeyCredential' in window)) return;
      (PublicKeyCredential as any).getClientCapabilities = async () => ({ immediateGet: true });
      const original = navigator.credentials.get.bind(navigator.credentials);
      navigator.credentials.get = async ({ uiMode, ...options }: any) => {
        if (uiMode === 'immediate') throw new DOMException('nothing here', 'NotAllowedError');
        return original(options);
      };
    });
    const { link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await enrolled.opens(link);
    const told = faults(enrolled);
    await enrolled.press('allow');
    await expect(calm(enrolled)).toBeVisible();
    await expect.poll(() => told).toEqual(['not-allowed']);
    await enrolled.press('allow');
    await enrolled.sees('allowed');
  });

  test('a browser without the JSON methods makes and uses a passkey', async ({
    agent, customer, phone, demo,
  }) => {
    await customer.context.addInitScript(() => {
      if (!('PublicKeyCredential' in window)) return;
      const api = PublicKeyCredential as any;
      for (const name of [
        'parseCreationOptionsFromJSON', 'parseRequestOptionsFromJSON', 'getClientCapabilities',
        'isConditionalMediationAvailable', 'signalUnknownCredential',
      ]) delete api[name];
      delete api.prototype.toJSON;
    });
    await enrol(agent, customer, phone);
    const { command, link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await customer.opens(link);
    expect(await customer.page.evaluate(() => 'toJSON' in PublicKeyCredential.prototype))
      .toBe(false);
    await customer.press('allow');
    await customer.sees('allowed');
    expect((await command.ended).outcome).toMatchObject({ subject: demo.users[0].user_id });
  });

  for (const [capable, uiMode] of [[true, 'immediate'], [false, undefined]] as const) {
    test(`a browser that is ${capable ? '' : 'not '}capable of it is asked at once`, async ({
      agent, enrolled,
    }) => {
      await enrolled.context.addInitScript((immediateGet) => {
        if (!('PublicKeyCredential' in window)) return;
        (PublicKeyCredential as any).getClientCapabilities = async () => ({ immediateGet });
        const original = navigator.credentials.get.bind(navigator.credentials);
        navigator.credentials.get = ({ uiMode, ...options }: any) => {
          sessionStorage.asked = JSON.stringify({
            uiMode,
            allowed: options.publicKey.allowCredentials.length,
            userVerification: options.publicKey.userVerification,
            timeout: options.publicKey.timeout,
          });
          return original(options);
        };
      }, capable);
      const { link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
      await enrolled.opens(link);
      await enrolled.press('allow');
      await enrolled.sees('allowed');
      expect(JSON.parse(await enrolled.page.evaluate(() => sessionStorage.asked))).toEqual({
        ...(uiMode && { uiMode }), allowed: 0, userVerification: 'required', timeout: 300_000,
      });
    });
  }
});

test.describe('options', () => {
  test('are fetched by POST once the page is there, and again before they run out', async ({
    agent, enrolled,
  }) => {
    await enrolled.page.clock.install();
    const { link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    const asked = countOptions(enrolled);
    await enrolled.opens(link);
    await expect.poll(() => asked.times).toBe(1);
    await enrolled.page.clock.runFor(200_000);
    expect(asked.times).toBe(1);
    await enrolled.page.clock.runFor(60_000);
    await expect.poll(() => asked.times).toBe(2);
    await enrolled.press('allow');
    await enrolled.sees('allowed');
  });

  test('stay as they are while the phone is being touched', async ({ agent, enrolled }) => {
    await enrolled.context.addInitScript(() => {
      if (!('PublicKeyCredential' in window)) return;
      const original = navigator.credentials.get.bind(navigator.credentials);
      // A finger that takes its time.
      const finger = new Promise<void>((resolve) => { (window as any).touch = resolve; });
      navigator.credentials.get = async (options) => {
        await finger;
        return original(options);
      };
    });
    await enrolled.page.clock.install();
    const { link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    const asked = countOptions(enrolled);
    await enrolled.opens(link);
    await expect.poll(() => asked.times).toBe(1);
    await enrolled.press('allow');
    await expect(enrolled.page.locator('[data-state="busy"]')).toBeVisible();
    await enrolled.page.clock.runFor(280_000);
    await enrolled.page.evaluate(() => (window as any).touch());
    await enrolled.sees('allowed');
    expect(asked.times).toBe(1);
  });

  test('may come after the finger', async ({ agent, enrolled }) => {
    const { link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    let pressed = () => {};
    const press = new Promise<void>((resolve) => { pressed = resolve; });
    await enrolled.page.route('**/passkey/options', async (route) => {
      await press;
      await route.continue();
    });
    const wanted = enrolled.page.waitForRequest('**/passkey/options');
    await enrolled.opens(link);
    await wanted;
    await enrolled.press('allow');
    await expect(enrolled.page.locator('[data-state="busy"]')).toBeVisible();
    pressed();
    await enrolled.sees('allowed');
  });

  test('that are too old for a press are fetched anew', async ({ agent, enrolled }) => {
    await enrolled.page.clock.install();
    const { link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    const asked = countOptions(enrolled);
    await enrolled.opens(link);
    await expect.poll(() => asked.times).toBe(1);
    await expect(enrolled.page.locator('[data-state="ready"]')).toBeVisible();
    // A phone that slept: its timers stood still.
    await enrolled.page.clock.setSystemTime(Date.now() + 301_000);
    await enrolled.press('allow');
    await enrolled.sees('allowed');
    expect(asked.times).toBe(2);
  });

  test('are fetched anew when the page comes back out of the browser\'s memory', async ({
    agent, enrolled,
  }) => {
    const { link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    const asked = countOptions(enrolled);
    await enrolled.opens(link);
    await expect.poll(() => asked.times).toBe(1);
    await enrolled.page.evaluate(() => {
      document.querySelector<HTMLElement>('[data-passkey]')!.dataset.state = 'busy';
      dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
    });
    await expect.poll(() => asked.times).toBe(2);
    await expect(enrolled.page.locator('[data-state="ready"]')).toBeVisible();
    await enrolled.press('allow');
    await enrolled.sees('allowed');
  });

  test('that are not answered do not keep a press busy for ever', async ({
    agent, enrolled, browsers,
  }) => {
    browsers.tolerate(/ERR_ABORTED/);
    await enrolled.page.clock.install();
    const { link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    let silent = true;
    await enrolled.page.route('**/passkey/options', async (route) => {
      if (!silent) await route.continue();
    });
    const told = faults(enrolled);
    const wanted = enrolled.page.waitForRequest('**/passkey/options');
    await enrolled.opens(link);
    await wanted;
    await enrolled.press('allow');
    await expect(enrolled.page.locator('.said .asking')).toBeVisible();
    await expect(enrolled.page.locator('[aria-busy="true"]')).toBeVisible();
    await enrolled.page.clock.runFor(11_000);
    await expect(away(enrolled)).toBeVisible();
    await expect.poll(() => told).toEqual(['timeout']);
    await enrolled.isAccessible();
    silent = false;
    await enrolled.press('allow');
    await enrolled.sees('allowed');
  });

  test('that do not come hide the touch until they do', async ({ agent, enrolled, browsers }) => {
    browsers.tolerate(/ERR_FAILED/);
    await enrolled.page.clock.install();
    const { link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    const asked = countOptions(enrolled);
    await enrolled.page.route('**/passkey/options', (route) => route.abort(), { times: 1 });
    await enrolled.opens(link);
    await expect.poll(() => asked.times).toBe(1);
    const button = enrolled.button('allow');
    await expect(button).toBeHidden();
    await expect(enrolled.mailField).toBeVisible();
    await enrolled.page.clock.runFor(21_000);
    await expect(button).toBeVisible();
    await enrolled.press('allow');
    await enrolled.sees('allowed');
  });

  test('without a decision in them lead to a sign-in', async ({ agent, enrolled }) => {
    // As where the provider takes no `approval_data` without a user name.
    await enrolled.page.route('**/passkey/options', async (route) => {
      const response = await route.fetch();
      const { approve, deny, ...offer } = await response.json();
      expect(approve.challenge).not.toBe(deny.challenge);
      await route.fulfill({ response, json: offer });
    });
    const { command, link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await enrolled.opens(link);
    await expect(enrolled.button('allow')).toBeHidden();
    await enrolled.press('passkey');
    await enrolled.sees('decision');
    expect(command.isWaiting).toBe(true);
    await enrolled.stops();
    await enrolled.sees('stopped');
    expect((await command.ended).code).toBe(10);
  });
});

test.describe('sign in, then decide', () => {
  test.use({ environment: { CIBA_LOGIN_SIGN_IN__ONE_TOUCH: 'false' } });

  test('a passkey signs in and decides nothing by that', async ({ agent, enrolled }) => {
    const { command, link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await enrolled.opens(link);
    await enrolled.press('passkey');
    await enrolled.sees('decision');
    expect(command.isWaiting).toBe(true);
    await enrolled.allows();
    await enrolled.sees('allowed');
    const { code, outcome } = await command.ended;
    expect(code).toBe(0);
    expect(outcome.amr).toContain('webauthn');
  });

  test('a pending offer in the field gives way to a press', async ({ agent, enrolled }) => {
    const { link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await enrolled.context.addInitScript(() => {
      // An offer that nobody takes: it ends when it is aborted, and only then.
      if (!('PublicKeyCredential' in window)) return;
      PublicKeyCredential.isConditionalMediationAvailable = async () => true;
      const original = navigator.credentials.get.bind(navigator.credentials);
      const steps: string[] = (window as any).steps = [];
      navigator.credentials.get = (options: any) => {
        steps.push(options.mediation ?? 'press');
        if (options.mediation !== 'conditional') return original(options);
        return new Promise((_resolve, reject) => {
          options.signal.addEventListener('abort', () => {
            steps.push('aborted');
            reject(options.signal.reason);
          });
        });
      };
    });
    await enrolled.opens(link);
    const field = enrolled.mailField;
    await expect(field).toHaveAttribute('autocomplete', /webauthn$/);
    const steps = () => enrolled.page.evaluate(() => (window as any).steps);
    await expect.poll(steps).toEqual(['conditional']);
    await enrolled.page.evaluate(() => {
      addEventListener('pagehide', () => {
        sessionStorage.steps = JSON.stringify((window as any).steps);
      });
    });
    await enrolled.press('passkey');
    await enrolled.sees('decision');
    expect(JSON.parse(await enrolled.page.evaluate(() => sessionStorage.steps)))
      .toEqual(['conditional', 'aborted', 'press']);
  });

  test.describe('with passkeys in the field', () => {
    test.use({ hasAutofill: true });

    test('a passkey that is picked in the field signs in', async ({ agent, enrolled }) => {
      const { command, link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
      await enrolled.page.goto(link);
      await enrolled.sees('decision');
      await enrolled.stops();
      await enrolled.sees('stopped');
      expect((await command.ended).code).toBe(10);
    });
  });
});

test.describe('a browser in which no passkey was used', () => {
  test('is offered mail first, and one touch after it has made a passkey', async ({
    agent, customer,
  }) => {
    await offersNothingInFields(customer);
    await VirtualAuthenticator.attach(customer.page);
    const { link } = await agent.requestByLink();
    await customer.opens(link);
    await expect(customer.mailField).toBeVisible();
    for (const name of ['allow', 'passkey'] as const) {
      await expect(customer.button(name)).toBeHidden();
    }
    await customer.asksForMail();
    await customer.opensMail();
    await customer.allows();
    await customer.press('addPasskey');
    await customer.sees('passkeyAdded');
    const next = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await customer.opens(next.link);
    await expect(customer.button('allow')).toBeVisible();
    await expect(customer.mailField).toBeHidden();
  });

  test('finds the passkey among the other ways, and is told what a QR code means', async ({
    agent, customer,
  }) => {
    const { link } = await agent.requestByLink();
    await customer.opens(link);
    await customer.unfoldsOtherWays();
    await expect(customer.button('passkey')).toBeVisible();
    await expect(customer.page.locator('#passkey-hint')).toBeVisible();
    await customer.isAccessible();
  });
});

test('where a browser has no passkeys the request goes on elsewhere', async ({
  agent, newCustomer,
}) => {
  const { command, link } = await agent.requestByLink();
  const embedded = await newCustomer();
  await embedded.context.addInitScript(() => {
    Object.defineProperty(window, 'PublicKeyCredential', { value: undefined });
  });
  await embedded.opens(link);
  await embedded.unfoldsOtherWays();
  await expect(embedded.page.locator('.when-absent')).toBeVisible();
  await expect(embedded.button('passkey')).toBeHidden();
  await embedded.press('elsewhere');
  const address = await embedded.page.locator('#address').inputValue();
  await embedded.isAccessible();

  const other = await newCustomer();
  await other.page.goto(address);
  await other.sees('goOn');
  await other.press('goOn');
  await other.sees('request');
  await expect(other.page.getByText('CASE-4711')).toBeVisible();
  const late = await newCustomer();
  await late.page.goto(address);
  await late.press('goOn');
  await late.sees('unknown');
  expect(command.isWaiting).toBe(true);
});

test.describe('before the islands are there', () => {
  /** Keeps the wasm back until `come` is called. */
  async function late(customer: Customer) {
    let come = () => {};
    const wait = new Promise<void>((resolve) => { come = resolve; });
    await customer.page.route('**/*.wasm', async (route) => {
      await wait;
      await route.continue();
    });
    return come;
  }

  test('a press is held, and answered once they are', async ({ agent, enrolled }) => {
    const come = await late(enrolled);
    const { command, link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await enrolled.opens(link);
    await enrolled.press('stop');
    // The last press counts.
    await enrolled.press('allow');
    await expect(enrolled.page.locator('.said .asking')).toBeVisible();
    await expect(enrolled.page).toHaveURL(/\/request\/[^/?]+$/);
    come();
    await enrolled.sees('allowed');
    expect((await command.ended).code).toBe(0);
  });

  test('a press to stop that they never answer does not read like one that stopped', async ({
    agent, customer, browsers, demo,
  }) => {
    await remembersAPasskey(customer, demo.site_url);
    browsers.tolerate(/wasm|Failed to (load|fetch)|ERR_FAILED/i);
    let fail = () => {};
    const wait = new Promise<void>((resolve) => { fail = resolve; });
    await customer.page.route('**/*.wasm', async (route) => {
      await wait;
      await route.abort();
    });
    const told = faults(customer);
    const { link } = await agent.requestByLink();
    await customer.opens(link);
    await customer.press('stop');
    fail();
    await expect(stillOpen(customer)).toBeVisible();
    await expect(customer.page.locator('.said')).toBeFocused();
    await expect(customer.button('stop')).toBeHidden();
    await expect(customer.mailField).toBeVisible();
    await customer.isAccessible();
    await expect.poll(() => told).toEqual(['no-wasm']);
  });

  test('without WebAssembly the buttons go and the page says so', async ({
    agent, customer, browsers, demo,
  }) => {
    await remembersAPasskey(customer, demo.site_url);
    // As in a lockdown.
    browsers.tolerate(/WebAssembly/);
    await customer.context.addInitScript(() => { delete (window as any).WebAssembly; });
    const { link } = await agent.requestByLink();
    await customer.opens(link);
    await expect(away(customer)).toBeVisible();
    for (const name of ['allow', 'stop'] as const) {
      await expect(customer.button(name)).toBeHidden();
    }
    await customer.isAccessible();
    await customer.asksForMail();
  });
});

test('where the wasm does not arrive the page works', async ({ agent, customer, browsers }) => {
  browsers.tolerate(/wasm|Failed to (load|fetch)|ERR_FAILED/i);
  await customer.context.route('**/*.wasm', (route) => route.abort());
  const { command, link } = await agent.requestByLink();
  await customer.comesByMail(link);
  await customer.allows();
  await customer.sees('allowed');
  expect((await command.ended).code).toBe(0);
});

test('a browser without a passkey fetches the islands once its person looks for one', async ({
  agent, customer,
}) => {
  const fetched: string[] = [];
  customer.page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/pkg/')) fetched.push(pathname.replace(/.*\./, ''));
  });
  const { link } = await agent.requestByLink();
  await customer.opens(link);
  await customer.page.waitForLoadState('networkidle');
  expect(fetched).toEqual([]);
  await customer.unfoldsOtherWays();
  await expect(customer.page.locator('[data-passkey]')).toHaveAttribute('data-awake', '');
  expect(fetched.sort()).toEqual(['js', 'wasm']);
});

test('a touch of the field that may offer a passkey fetches the islands', async ({
  agent, customer,
}) => {
  const { link } = await agent.requestByLink();
  await customer.opens(link);
  await customer.mailField.focus();
  await expect(customer.page.locator('[data-passkey]')).toHaveAttribute('data-awake', '');
});
