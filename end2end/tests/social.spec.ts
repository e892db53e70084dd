// Social login with an OpenID provider that we did not write (npm's `oidc-provider`): the whole
// story, what can go wrong on the way, and what somebody else can make of it.

import { expectPage, socialLink, type Customer } from './support/customer';
import {
  AtIdentityProvider, expect, test, testApple, type IdentityProvider,
} from './support/social';

const button = (customer: Customer) =>
  socialLink(customer.page, 'google');

/** The customer is told that nobody here has that account. */
async function isNotConnected({ page }: Customer) {
  await expect(page).toHaveURL(/[?&]notice=sign-in-denied$/);
  await expect(page.locator('p.notice')).toBeVisible();
}

/** Follows the button; the customer is at the identity provider then. */
async function leaves(customer: Customer, identityProvider: IdentityProvider) {
  await customer.unfoldsOtherWays();
  await button(customer).click();
  return new AtIdentityProvider(
    customer.page, identityProvider.foreign.url, customer.hasScript);
}

async function signsIn(customer: Customer, identityProvider: IdentityProvider, name: string) {
  const there = await leaves(customer, identityProvider);
  await there.signsIn(name);
}

async function sessionOf(customer: Customer) {
  const cookies = await customer.context.cookies();
  return cookies.find(({ name }) => name === 'ciba_session')?.value;
}

test('a customer signs in elsewhere and allows, and the agent gets the token @no-script', async ({
  agent, customer, demo, identityProvider, outbox,
}) => {
  const request = agent.request({ binding_message: 'CASE-4711' });
  await customer.opens(await outbox.smsLink(demo.users[0].phone_number));
  await signsIn(customer, identityProvider, 'alex');
  await customer.sees('decision');
  await expect(customer.page.getByText('CASE-4711')).toBeVisible();
  expect(new URL(customer.page.url()).search, 'nothing stays in the address').toBe('');
  expect(request.isWaiting, 'nothing is decided by signing in').toBe(true);
  await customer.allows();
  await customer.sees('allowed');

  const { code, outcome } = await request.ended;
  expect(code).toBe(0);
  expect(outcome).toMatchObject({ outcome: 'token', subject: demo.users[0].user_id });
  expect(outcome.amr).toContain('social');
});

test('whoever cancels there comes back to the other ways @no-script', async ({
  agent, customer, identityProvider,
}) => {
  const { command, link } = await agent.requestByLink();
  await customer.opens(link);
  const there = await leaves(customer, identityProvider);
  await there.cancels();
  await customer.sees('request');
  await isNotConnected(customer);
  await customer.unfoldsOtherWays();
  await expect(button(customer)).toBeVisible();
  expect(await sessionOf(customer)).toBeUndefined();

  await customer.asksForMail();
  await customer.opensMail();
  await customer.stops();
  await customer.sees('stopped');
  expect((await command.ended).code).toBe(10);
});

test('an account that belongs to no customer gets the words of whoever cancels @no-script', async ({
  agent, customer, demo, identityProvider, newCustomer,
}) => {
  const { command, link } = await agent.requestByLink();
  // The same address, which nobody has verified, is nobody's either.
  identityProvider.addresses.pretender = { email: demo.users[0].email, email_verified: false };
  const said: string[] = [];
  for (const name of ['stranger', 'pretender', undefined]) {
    const person = name === 'stranger' ? customer : await newCustomer();
    await person.opens(link);
    const there = await leaves(person, identityProvider);
    await (name ? there.signsIn(name) : there.cancels());
    await person.sees('request');
    said.push(`${person.page.url()} ${await person.page.getByRole('main').innerText()}`);
    expect(await sessionOf(person)).toBeUndefined();
  }
  expect(said[0]).toContain('notice=sign-in-denied');
  expect(new Set(said).size).toBe(1);
  expect(command.isWaiting).toBe(true);
});

test('somebody else\'s account is stopped at once and can be changed on the way @no-script', async ({
  agent, customer, demo, identityProvider,
}) => {
  const { command, link } = await agent.requestByLink();
  await customer.opens(link);
  await signsIn(customer, identityProvider, 'sam');
  await customer.sees('wrongAccount');
  expect(command.isWaiting, 'nothing was allowed').toBe(true);

  await customer.press('otherAccount');
  await customer.sees('request');
  await expect(customer.page.getByText('CASE-4711')).toBeVisible();
  // The identity provider remembers Sam, and asks all the same.
  const there = await leaves(customer, identityProvider);
  await there.changesTo('alex');
  await customer.sees('decision');
  await customer.allows();
  await customer.sees('allowed');
  expect(await command.ended).toMatchObject({
    code: 0, outcome: { outcome: 'token', subject: demo.users[0].user_id },
  });
});

test('somebody else\'s account allows nothing where the provider alone knows whose request it is', async ({
  agent, customer, identityProvider,
}) => {
  const { body } = await agent.start({ binding_message: 'CASE-4711' }, { channel: 'link' });
  await customer.opens(body.link);
  await signsIn(customer, identityProvider, 'sam');
  await customer.sees('decision');
  await customer.allows();
  await customer.sees('wrongAccount');
  expect((await agent.poll(body.auth_req_id)).body.error).toBe('authorization_pending');
});

test('an answer signs in once, and nobody but the browser that asked @no-script', async ({
  agent, customer, identityProvider, newCustomer, server,
}) => {
  const { command, link } = await agent.requestByLink();
  const callbacks: string[] = [];
  customer.context.on('request', (request) => {
    if (/\/callback\?/.test(request.url())) callbacks.push(request.url());
  });
  await customer.opens(link);
  await signsIn(customer, identityProvider, 'alex');
  await customer.sees('decision');
  const [atProvider, atSite] = callbacks;
  expect(callbacks).toHaveLength(2);
  expect(atProvider).toContain(`${server.providerUrl}/cis/auth/google/callback?code=`);
  expect(atSite).toContain(`${server.siteUrl}/social/callback?code=`);

  // In another browser, which holds the same request and has been on the way itself.
  const stranger = await newCustomer(1);
  await stranger.opens(link);
  await leaves(stranger, identityProvider);
  for (const person of [stranger, customer]) {
    const before = await sessionOf(person);
    expect((await person.page.goto(atProvider))!.status()).toBe(400);
    await expect(person.page.locator('main[data-page=failed]')).toBeVisible();
    await person.isAccessible();
    expect((await person.page.goto(atSite))!.status()).toBe(400);
    await expectPage(person.page, 'signInFailed');
    expect(await sessionOf(person)).toBe(before);
  }
  expect(await sessionOf(stranger)).toBeUndefined();
  expect(command.isWaiting).toBe(true);
});

test('a session that somebody has put into the browser is nobody\'s after the sign-in', async ({
  agent, browsers, customer, identityProvider, newCustomer,
}) => {
  // The ways to sign in are opened in a session that is signed in: no passkey is offered to it.
  browsers.tolerate(/409/);
  // Of a request that was started elsewhere the site does not know whose it is.
  const { link } = (await agent.start({}, { channel: 'link' })).body;
  const attacker = await newCustomer(1);
  await attacker.opens(link);
  await signsIn(attacker, identityProvider, 'sam');
  await attacker.sees('decision');
  const planted = (await attacker.context.cookies()).filter(({ name }) => name === 'ciba_session');
  expect(planted).toHaveLength(1);

  await customer.opens(link);
  await customer.context.addCookies(planted);
  const there = await leaves(customer, identityProvider);
  await there.signsIn('alex');
  await customer.sees('decision');
  expect(await sessionOf(customer)).not.toBe(planted[0].value);
  await attacker.page.reload();
  await attacker.sees('request');
});

test('another website cannot start a sign-in', async ({
  agent, browsers, customer, identityProvider, server,
}) => {
  const { link } = await agent.requestByLink();
  await customer.opens(link);
  await customer.unfoldsOtherWays();
  const start = (await button(customer).getAttribute('href'))!;
  browsers.tolerate(/403|Failed to load/);
  const evil = await customer.context.newPage();
  await evil.goto(`${identityProvider.foreign.url}/.well-known/openid-configuration`);
  await evil.setContent(`<a href="${server.siteUrl}${start}">Win a prize</a>`);
  await evil.getByRole('link').click();
  await expectPage(evil, 'foreignForm');
});

test('the page lets no form leave, and the way there is a link', async ({
  agent, browsers, customer, identityProvider,
}) => {
  const { link } = await agent.requestByLink();
  const answer = customer.page.waitForResponse(/\/request\/[^/]+$/);
  await customer.opens(link);
  expect(await (await answer).headerValue('content-security-policy')).toContain("form-action 'self'");
  // Chromium holds a form to `form-action` at each redirect: that is why the button is none.
  browsers.tolerate(/form-action/);
  await customer.unfoldsOtherWays();
  const start = (await button(customer).getAttribute('href'))!;
  const stopped = customer.page.waitForEvent('console', (message) =>
    message.type() === 'error' && message.text().includes('form-action'));
  await customer.page.evaluate((action) => {
    const form = Object.assign(document.createElement('form'), { action });
    document.body.append(form);
    form.submit();
  }, start);
  await stopped;
  await customer.sees('request');
  await signsIn(customer, identityProvider, 'alex');
  await customer.sees('decision');
});

testApple('an answer by form from another site brings the cookies at its second try @no-script', async ({
  agent, customer, demo, identityProvider, server,
}) => {
  const { command, link } = await agent.requestByLink();
  const posts: (string | undefined)[] = [];
  customer.context.on('request', async (request) => {
    if (request.method() !== 'POST' || !request.url().endsWith('/cis/auth/apple/callback')) return;
    posts.push((await request.allHeaders()).cookie);
  });
  await customer.opens(link);
  await customer.unfoldsOtherWays();
  await socialLink(customer.page, 'apple').click();
  const there = new AtIdentityProvider(
    customer.page, identityProvider.foreign.url, customer.hasScript);
  await there.signsIn('alex');
  if (!customer.hasScript) {
    // Once for the identity provider's form, and once for ours.
    await customer.page.getByRole('button', { name: 'Continue' }).click();
    await expect(customer.page.locator('main[data-page=moment]')).toBeVisible();
    expect(new URL(customer.page.url()).origin).toBe(server.providerUrl);
    await customer.page.locator('main[data-page=moment] button').click();
  }
  await customer.sees('decision');
  expect(posts).toHaveLength(2);
  expect(posts[0] ?? '').not.toContain('provider-social.');
  expect(posts[1]).toContain('provider-social.');
  await customer.allows();
  await customer.sees('allowed');
  expect((await command.ended).outcome.subject).toBe(demo.users[0].user_id);
});

test.describe('the demo\'s own identity provider', () => {
  test.use({ environment: {} });

  const isAsked = async (customer: Customer) => {
    await customer.unfoldsOtherWays();
    await socialLink(customer.page, 'demo').click();
    await expect(customer.page.locator('main[data-page=demo-identity]')).toBeVisible();
    for (const radio of await customer.page.getByRole('radio').all()) {
      await expect(radio, 'nobody is preselected').not.toBeChecked();
    }
  };
  const chooses = async (customer: Customer, account: string | RegExp) => {
    await customer.page.getByLabel(account).check();
    await customer.page.locator('button[value=continue]').click();
  };

  test('is behind a button that works on a bare machine @no-script', async ({
    agent, customer, demo,
  }) => {
    const { command, link } = await agent.requestByLink();
    await customer.opens(link);
    await isAsked(customer);
    await customer.isAccessible();
    await chooses(customer, demo.users[0].email);
    await customer.sees('decision');
    await customer.allows();
    await customer.sees('allowed');
    expect((await command.ended).outcome.subject).toBe(demo.users[0].user_id);
  });

  test('asks again whoever came back as somebody else, or as nobody @no-script', async ({
    agent, customer, demo,
  }) => {
    const { command, link } = await agent.requestByLink();
    await customer.opens(link);
    await isAsked(customer);
    await chooses(customer, /nobody knows/);
    await customer.sees('request');
    await isNotConnected(customer);
    await isAsked(customer);
    await chooses(customer, demo.users[1].email);
    await customer.sees('wrongAccount');
    await customer.press('otherAccount');
    await isAsked(customer);
    await chooses(customer, demo.users[0].email);
    await customer.sees('decision');
    await customer.stops();
    await customer.sees('stopped');
    expect((await command.ended).code).toBe(10);
  });
});

test.describe('in an app', () => {
  const userAgent = 'Mozilla/5.0 (Linux; Android 15; Pixel 9; wv) AppleWebKit/537.36 (KHTML, like '
    + 'Gecko) Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/500.0;]';

  test('Google gives way to an explanation and the other ways @no-script', async ({
    agent, newCustomer,
  }) => {
    const { command, link } = await agent.requestByLink();
    const customer = await newCustomer(0, { userAgent });
    // Such browsers have no passkeys, and say so once.
    await customer.context.addInitScript(() => delete (window as any).PublicKeyCredential);
    await customer.opens(link);
    if (customer.hasScript) {
      await expect(customer.page.locator('[data-passkey][data-state="absent"]')).toHaveCount(1);
    }
    await expect(button(customer)).toHaveCount(0);
    await expect(customer.button('elsewhere'))
      .toBeVisible();
    await customer.asksForMail();
    await customer.opensMail();
    await customer.allows();
    await customer.sees('allowed');
    expect((await command.ended).code).toBe(0);
  });
});
