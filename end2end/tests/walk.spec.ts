// How far it is from the SMS to "Allowed": taps and typed characters for each way to sign in, counted
// on our pages and in the mail. The link in the SMS is the first tap. What a screen lock or another
// identity provider asks for is theirs.

import type { Locator } from '@playwright/test';
import { socialLink, type ButtonName, type Customer } from './support/customer';
import { onlyLink } from './support/outbox';
import { AtIdentityProvider, expect, test } from './support/social';
import { VirtualAuthenticator } from './support/virtual-authenticator';

class Walk {
  taps = 0;
  typed = 0;

  constructor(readonly customer: Customer) {}

  get page() {
    return this.customer.page;
  }

  button(name: ButtonName) {
    return this.customer.button(name).first();
  }

  async opens(link: string) {
    this.taps += 1;
    await this.page.goto(link);
  }

  async presses(what: Locator) {
    this.taps += 1;
    await what.click();
  }

  async types(field: Locator, text: string) {
    this.typed += text.length;
    await field.fill(text);
  }

  /** Presses "Yes, allow", and says how far it was. */
  async allows(way: string, expected: { taps: number; typed: number }) {
    await this.presses(this.button('allow'));
    await this.customer.sees('allowed');
    const { taps, typed } = this;
    console.log(`${way}: ${taps} taps, ${typed} characters`);
    expect({ taps, typed }, way).toEqual(expected);
  }
}

test('by a link to the address that is known, nothing is typed @no-script', async ({
  agent, customer, demo,
}) => {
  const { email } = demo.users[0];
  const { link } = await agent.requestByLink({ login_hint: email });
  const walk = new Walk(customer);
  await walk.opens(link);
  await walk.presses(walk.button('sendMail'));
  await walk.opens(onlyLink(await customer.outbox.next('email', email)));
  await walk.allows('mail link, address known', { taps: 4, typed: 0 });
});

test('by a link to an address that is typed @no-script', async ({ agent, customer, demo }) => {
  const { email } = demo.users[0];
  const { link } = await agent.requestByLink();
  const walk = new Walk(customer);
  await walk.opens(link);
  await walk.types(customer.mailField, email);
  await walk.presses(walk.button('sendMail'));
  await walk.opens(onlyLink(await customer.outbox.next('email', email)));
  await walk.allows('mail link, address typed', { taps: 4, typed: email.length });
});

test('by the code of a mail to the address that is known @no-script', async ({
  agent, customer, demo,
}) => {
  const { email } = demo.users[0];
  const { link } = await agent.requestByLink({ login_hint: email });
  const walk = new Walk(customer);
  await walk.opens(link);
  await walk.presses(walk.button('sendMail'));
  const { code } = await customer.outbox.next('email', email);
  await walk.types(customer.codeField, code!);
  await walk.presses(walk.button('goOn'));
  await walk.allows('mail code, address known', { taps: 4, typed: 6 });
});

test('by a passkey that was used here before', async ({ agent, customer, demo }) => {
  await customer.context.addCookies([
    { name: 'passkey_used', value: '1', url: demo.site_url },
  ]);
  await customer.context.addInitScript(() => {
    if (!('PublicKeyCredential' in window)) return;
    PublicKeyCredential.isConditionalMediationAvailable = async () => false;
  });
  await VirtualAuthenticator.attach(customer.page);
  const first = await agent.requestByLink();
  await customer.comesByMail(first.link);
  await customer.allows();
  await customer.press('addPasskey');
  await customer.sees('passkeyAdded');
  const { link } = await agent.requestByLink();
  const walk = new Walk(customer);
  await walk.opens(link);
  await walk.allows('passkey, one touch', { taps: 2, typed: 0 });
});

test('by social login @no-script', async ({ agent, customer, identityProvider }) => {
  const { link } = await agent.requestByLink();
  const walk = new Walk(customer);
  await walk.opens(link);
  await walk.presses(walk.page.locator('details:not([open]) > summary').first());
  await walk.presses(socialLink(walk.page, 'google'));
  const there = new AtIdentityProvider(
    walk.page, identityProvider.foreign.url, customer.hasScript);
  await there.signsIn('alex');
  await customer.sees('decision');
  await walk.allows('social login', { taps: 4, typed: 0 });
});
