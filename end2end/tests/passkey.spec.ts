// Passkeys, with Chromium's virtual authenticator: one touch, and the ways it can go wrong.

import { expect, test as base } from './support/test';
import type { Customer } from './support/customer';
import { VirtualAuthenticator } from './support/virtual-authenticator';

const signIn = 'Continue with face, fingerprint or screen lock';
const allow = 'Allow with face, fingerprint or screen lock';
const stop = 'Stop this with face, fingerprint or screen lock';

const test = base.extend<{
  hasAutofill: boolean;
  phone: VirtualAuthenticator;
  enrolled: Customer;
}>({
  /** Without: as in browsers that offer no passkeys in a field. */
  hasAutofill: [false, { option: true }],

  /** The screen lock of the customer's phone; it holds no passkey yet. */
  phone: async ({ customer, hasAutofill }, use) => {
    if (!hasAutofill) {
      // The virtual finger is always down, so an offer in the field would be taken at once.
      await customer.context.addInitScript(() => {
        // Blank pages have no passkeys.
        if (!('PublicKeyCredential' in window)) return;
        PublicKeyCredential.isConditionalMediationAvailable = async () => false;
      });
    }
    await use(await VirtualAuthenticator.attach(customer.page));
  },

  /** The customer, who has added a passkey after a decision. */
  enrolled: async ({ agent, customer, phone }, use) => {
    const { command, link } = await agent.requestByLink();
    await customer.opens(link);
    await customer.asksForMail();
    await customer.opensMail();
    await customer.sees('decision');
    await customer.allows();
    await customer.sees('allowed');
    await customer.press('Add a passkey');
    await expect(customer.page.getByText('You can use face, fingerprint or screen lock next time.'))
      .toBeVisible();
    await customer.isAccessible();
    expect(await phone.credentials()).toHaveLength(1);
    expect((await command.ended).code).toBe(0);
    await use(customer);
  },
});

test.describe('one touch', () => {
  test('a passkey that was added after one decision allows the next request', async ({
    agent, enrolled, demo,
  }) => {
    const { command, link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await enrolled.opens(link);
    await enrolled.press(allow);
    await enrolled.sees('allowed');
    const { code, outcome } = await command.ended;
    expect(code).toBe(0);
    expect(outcome).toMatchObject({ subject: demo.users[0].user_id });
    expect(outcome.amr).toContain('webauthn');
    await expect(enrolled.page.getByRole('button', { name: 'Add a passkey' })).toHaveCount(0);
  });

  test('one touch refuses as well', async ({ agent, enrolled }) => {
    const { command, link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await enrolled.opens(link);
    await enrolled.press(stop);
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
    await tab.getByRole('button', { name: stop }).click();
    await expect(tab.getByRole('heading', { level: 1 })).toHaveText('Stopped');
    // Both tabs are one phone: its counter has gone on.
    await phone.removeAll();
    await phone.add((await tabsLock.credentials())[0]);
    await enrolled.page.bringToFront();
    await enrolled.press(allow);
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
    await enrolled.press(allow);
    await enrolled.sees('wrongAccount');
    expect(command.isWaiting).toBe(true);
  });

  test('a touch that is not given leaves the other ways in view', async ({
    agent, enrolled, phone,
  }) => {
    const { command, link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await enrolled.opens(link);
    await phone.setUserVerified(false);
    await enrolled.press(allow);
    await expect(enrolled.page.getByRole('status')).toBeVisible();
    await expect(enrolled.page.getByText(/fail|error/i)).toHaveCount(0);
    await expect(enrolled.page.getByLabel('Your e-mail address')).toBeVisible();
    await enrolled.isAccessible();
    await phone.setUserVerified(true);
    await enrolled.press(allow);
    await enrolled.sees('allowed');
    expect((await command.ended).code).toBe(0);
  });

  test('without a passkey nothing looks like an error', async ({ agent, customer, phone }) => {
    const { command, link } = await agent.requestByLink();
    await customer.opens(link);
    expect(await phone.credentials()).toEqual([]);
    await customer.press(allow);
    await expect(customer.page.getByRole('status')).toBeVisible();
    await customer.asksForMail();
    await customer.opensMail();
    await customer.sees('decision');
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
    await enrolled.press(allow);
    await expect.poll(async () => (await phone.credentials()).length).toBe(0);
    await expect(enrolled.page.getByLabel('Your e-mail address')).toBeVisible();
  });
});

test.describe('sign in, then decide', () => {
  test.use({ environment: { CIBA_LOGIN_SIGN_IN__ONE_TOUCH: 'false' } });

  test('a passkey signs in and decides nothing by that', async ({ agent, enrolled }) => {
    const { command, link } = await agent.requestByLink({ binding_message: 'CASE-8263' });
    await enrolled.opens(link);
    await enrolled.press(signIn);
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
    const field = enrolled.page.getByLabel('Your e-mail address');
    await expect(field).toHaveAttribute('autocomplete', /webauthn$/);
    const steps = () => enrolled.page.evaluate(() => (window as any).steps);
    await expect.poll(steps).toEqual(['conditional']);
    await enrolled.page.evaluate(() => {
      addEventListener('pagehide', () => {
        sessionStorage.steps = JSON.stringify((window as any).steps);
      });
    });
    await enrolled.press(signIn);
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

test('where a browser has no passkeys the request goes on elsewhere', async ({
  agent, newCustomer,
}) => {
  const { command, link } = await agent.requestByLink();
  const embedded = await newCustomer();
  await embedded.context.addInitScript(() => {
    Object.defineProperty(window, 'PublicKeyCredential', { value: undefined });
  });
  await embedded.opens(link);
  await expect(embedded.page.getByText('This window cannot do everything')).toBeVisible();
  await expect(embedded.page.getByRole('button', { name: allow })).toBeHidden();
  await embedded.press('Continue in your browser');
  const address = await embedded.page.getByLabel('Address to copy').inputValue();
  await embedded.isAccessible();

  const other = await newCustomer();
  await other.page.goto(address);
  await other.sees('goOn');
  await other.press('Continue');
  await other.sees('request');
  await expect(other.page.getByText('CASE-4711')).toBeVisible();
  const late = await newCustomer();
  await late.page.goto(address);
  await late.press('Continue');
  await late.sees('unknown');
  expect(command.isWaiting).toBe(true);
});

test('where the wasm does not arrive the page works', async ({ agent, customer, browsers }) => {
  browsers.tolerate(/wasm|Failed to (load|fetch)|ERR_FAILED/i);
  await customer.context.route('**/*.wasm', (route) => route.abort());
  const { command, link } = await agent.requestByLink();
  await customer.signsInByMail(link);
  await customer.allows();
  await customer.sees('allowed');
  expect((await command.ended).code).toBe(0);
});
