// Our client with a provider that we did not write, and our provider with a client that we did not
// write.

import { execFileSync } from 'node:child_process';
import http from 'node:http';
import { errors } from 'oidc-provider';
import * as client from 'openid-client';
import { binary, cleanEnvironment, freePorts } from '../../tools/demo-server.mjs';
import { CommandedRequest } from './support/agent';
import type { Customer } from './support/customer';
import { ForeignProvider } from './support/foreign-provider';
import { expect, test as base, type Demo } from './support/test';
import { until } from './support/wait';

/** What an application with `openid-client` knows of the embedded provider. */
function discover(demo: Demo) {
  return client.discovery(
    new URL(`${demo.provider_url}/cis/oidc/.well-known/openid-configuration`),
    demo.client_id,
    demo.client_secret,
    client.ClientSecretPost(demo.client_secret),
    { execute: [client.allowInsecureRequests] },
  );
}

/** A web application that signs its visitors in at the embedded provider. */
class Application {
  readonly verifier = client.randomPKCECodeVerifier();
  readonly state = client.randomState();
  readonly nonce = client.randomNonce();

  constructor(readonly configuration: client.Configuration, readonly redirectUri: string) {}

  /** The address that its visitors are sent to, with parameters replaced or (`''`) removed. */
  async request(changes: Record<string, string> = {}) {
    return client.buildAuthorizationUrl(this.configuration, await this.parameters(changes));
  }

  async parameters(changes: Record<string, string> = {}) {
    const parameters = {
      redirect_uri: this.redirectUri,
      scope: 'openid email offline_access',
      prompt: 'consent',
      acr_values: 'urn:transmit:demo_direct',
      state: this.state,
      nonce: this.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(this.verifier),
      code_challenge_method: 'S256',
      ...changes,
    };
    const wanted = Object.entries(parameters).filter(([, value]) => value !== '');
    return Object.fromEntries(wanted);
  }

  /** A visitor signs in at the demo's identity provider, and comes back with what this returns. */
  async visit(visitor: Customer, choice: string | undefined, changes = {}): Promise<URL> {
    return this.arrive(visitor, choice, await this.request(changes));
  }

  async arrive(visitor: Customer, choice: string | undefined, address: URL): Promise<URL> {
    await visitor.page.goto(address.href);
    if (choice) await visitor.page.getByLabel(choice).check();
    await visitor.page.locator(`button[value=${choice ? 'continue' : 'cancel'}]`).click();
    await expect(visitor.page.getByRole('heading')).toHaveText('Welcome back');
    return new URL(visitor.page.url());
  }

  /** Without a browser: the answer, which is followed nowhere. */
  async ask(changes: Record<string, string>) {
    const answer = await fetch(await this.request(changes), { redirect: 'manual' });
    const location = answer.headers.get('location');
    return { status: answer.status, location: location ? new URL(location) : undefined };
  }

  redeem(answer: URL, checks: client.AuthorizationCodeGrantChecks = {}) {
    return client.authorizationCodeGrant(this.configuration, answer, {
      pkceCodeVerifier: this.verifier,
      expectedState: this.state,
      expectedNonce: this.nonce,
      idTokenExpected: true,
      ...checks,
    });
  }
}

const test = base.extend<{ application: Application }>({
  application: async ({ demo }, use) => {
    const configuration = await discover(demo);
    const [port] = await freePorts(1);
    const server = http.createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><link rel="icon" href="data:,"><h1>Welcome back</h1>');
    });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    const redirectUri = `http://localhost:${port}/callback`;
    const { access_token } = await client.clientCredentialsGrant(configuration);
    const settings = new URL(
      `${demo.provider_url}/cis/v1/applications/${demo.app_id}/clients/${demo.client_id}`);
    const changed = await client.fetchProtectedResource(
      configuration, access_token, settings, 'PUT',
      JSON.stringify({ redirect_uris: [redirectUri], post_logout_redirect_uris: [redirectUri] }),
      new Headers({ 'content-type': 'application/json' }));
    expect(changed.status).toBe(200);
    await use(new Application(configuration, redirectUri));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  },
});

const clientId = 'agent';
const clientSecret = 'a-secret-of-forty-characters-for-the-test';

/** `oidc-provider` with CIBA, at the paths of the API that our client speaks. */
class CibaProvider {
  readonly started: any[] = [];

  private constructor(readonly foreign: ForeignProvider) {}

  static async listen() {
    const ciba = new CibaProvider(await ForeignProvider.prepare());
    await ciba.foreign.listen({
      clients: [{
        client_id: clientId,
        client_secret: clientSecret,
        token_endpoint_auth_method: 'client_secret_post',
        grant_types: ['urn:openid:params:grant-type:ciba'],
        response_types: [],
        redirect_uris: [],
        backchannel_token_delivery_mode: 'poll',
      }],
      routes: {
        backchannel_authentication: '/cis/oidc/backchannel',
        jwks: '/cis/oidc/jwks',
        token: '/oidc/token',
      },
      features: {
        devInteractions: { enabled: false },
        ciba: {
          enabled: true,
          deliveryModes: ['poll'],
          processLoginHint: async (_context: unknown, hint: string) =>
            (hint === '+15550100' ? 'somebody' : undefined),
          validateRequestContext: async () => {},
          validateBindingMessage: async () => {},
          verifyUserCode: async () => {},
          triggerAuthenticationDevice: async (_context: unknown, request: unknown) => {
            ciba.started.push(request);
          },
        },
      },
      findAccount: async (_context: unknown, accountId: string) =>
        ({ accountId, claims: async () => ({ sub: accountId }) }),
      ttl: { Grant: 600, AccessToken: 600, IdToken: 600 },
    });
    return ciba;
  }

  async #request(): Promise<any> {
    return until('a request at the foreign provider', () => this.started[0]);
  }

  async allow() {
    const request = await this.#request();
    const { provider } = this.foreign as any;
    const grant = new provider.Grant({ accountId: request.accountId, clientId });
    grant.addOIDCScope('openid');
    await grant.save();
    await provider.backchannelResult(request.jti, grant);
  }

  async deny() {
    const request = await this.#request();
    const { provider } = this.foreign as any;
    await provider.backchannelResult(request.jti, new errors.AccessDenied());
  }

  /** Our operator's command, told where this provider is. */
  request(hint = '+15550100', ...options: string[]): CommandedRequest {
    return new CommandedRequest({
      ...cleanEnvironment,
      CIBA_LOGIN_DEMO__ENABLED: 'false',
      CIBA_LOGIN_STORAGE__URL: 'sqlite::memory:',
      CIBA_LOGIN_PROVIDER__URL: this.foreign.url,
      CIBA_LOGIN_PROVIDER__CLIENT_ID: clientId,
      CIBA_LOGIN_PROVIDER__CLIENT_SECRET: clientSecret,
    }, [`--login-hint=${hint}`, '--binding-message=CASE-4711', ...options]);
  }
}

test.describe('the operator\'s command and oidc-provider', () => {
  let ciba: CibaProvider;
  let request: CommandedRequest | undefined;
  test.beforeEach(async () => {
    ciba = await CibaProvider.listen();
  });
  test.afterEach(async () => {
    request?.kill();
    await ciba.foreign.close();
  });

  test('an approval ends with a token whose signature and claims are right', async () => {
    request = ciba.request();
    await request.event('started');
    await ciba.allow();
    const { code, outcome } = await request.ended;
    expect({ code, ...outcome }).toMatchObject({
      code: 0, outcome: 'token', subject: 'somebody', token_type: 'Bearer',
    });
  });

  test('a refusal ends with "denied"', async () => {
    request = ciba.request();
    await request.event('started');
    await ciba.deny();
    expect((await request.ended).code).toBe(10);
  });

  test('a request whose time is over ends with "expired"', async () => {
    request = ciba.request('+15550100', '--requested-expiry=3');
    await request.event('started');
    expect((await request.ended).code).toBe(11);
  });

  test('a customer whom the provider does not know ends with "failed"', async () => {
    request = ciba.request('+15550199');
    const { code, outcome } = await request.ended;
    expect({ code, outcome: outcome.outcome }).toEqual({ code: 12, outcome: 'failed' });
  });
});

test.describe('openid-client and the embedded provider', () => {
  const hint = (user: { phone_number: string }) => ({
    scope: 'openid',
    login_hint: user.phone_number,
    binding_message: 'CASE-4711',
    request_context: JSON.stringify({ channel: 'link' }),
  });

  test('discovery and client credentials', async ({ demo }) => {
    const configuration = await discover(demo);
    const metadata = configuration.serverMetadata();
    expect(metadata.grant_types_supported).toContain('urn:openid:params:grant-type:ciba');
    expect(metadata.backchannel_token_delivery_modes_supported).toEqual(['poll']);
    const tokens = await client.clientCredentialsGrant(configuration);
    expect(tokens.token_type).toBe('bearer');
    expect(tokens.expires_in).toBeGreaterThan(0);
    const basic = await client.discovery(
      new URL(metadata.issuer), demo.client_id, undefined,
      client.ClientSecretBasic(demo.client_secret),
      { execute: [client.allowInsecureRequests] },
    );
    expect((await client.clientCredentialsGrant(basic)).access_token).toBeTruthy();
  });

  test('an approval ends with a token that the client accepts', async ({ demo, customer }) => {
    const configuration = await discover(demo);
    const started = await client.initiateBackchannelAuthentication(
      configuration, hint(demo.users[0]));
    const polled = client.pollBackchannelAuthenticationGrant(configuration, started);
    await customer.comesByMail(started.link as string);
    await customer.allows();
    await customer.sees('allowed');
    const tokens = await polled;
    expect(tokens.claims()).toMatchObject({ sub: demo.users[0].user_id, aud: demo.client_id });
    const account = await client.fetchUserInfo(
      configuration, tokens.access_token, demo.users[0].user_id);
    expect(account.sub).toBe(demo.users[0].user_id);
  });

  test('a refusal is told as access_denied', async ({ demo, customer }) => {
    const configuration = await discover(demo);
    const started = await client.initiateBackchannelAuthentication(
      configuration, hint(demo.users[0]));
    const polled = client.pollBackchannelAuthenticationGrant(configuration, started)
      .catch((error) => error);
    await customer.comesByMail(started.link as string);
    await customer.stops();
    await customer.sees('stopped');
    expect((await polled).error).toBe('access_denied');
  });

  test('a request whose time is over is told as expired_token', async ({ demo }) => {
    const configuration = await discover(demo);
    const started = await client.initiateBackchannelAuthentication(
      configuration, { ...hint(demo.users[0]), requested_expiry: '2' });
    expect(started.expires_in).toBe(2);
    // Whoever keeps the time itself does not ask again; this one is told to ask once more.
    const error = await client.pollBackchannelAuthenticationGrant(
      configuration, { ...started, expires_in: 10, interval: 3 } as typeof started)
      .catch((reason) => reason);
    expect(error.error).toBe('expired_token');
  });

  test('the command says who it is and what it takes', () => {
    const help = (...words: string[]) =>
      execFileSync(binary, [...words, '--help'], { encoding: 'utf8', env: cleanEnvironment });
    for (const command of ['serve', 'request', 'enable-ciba', 'check-config']) {
      expect(help()).toContain(command);
      expect(help(command)).toContain('Usage: ciba-login');
    }
  });
});

test.describe('openid-client and the authorization endpoint', () => {
  test('a visitor signs in, and the application gets tokens that it accepts', async ({
    application, customer, demo,
  }) => {
    const [alex] = demo.users;
    const answer = await application.visit(customer, alex.email);
    expect(answer.searchParams.get('iss')).toBe(application.configuration.serverMetadata().issuer);
    const tokens = await application.redeem(answer);
    expect(tokens.claims()).toMatchObject({
      sub: alex.user_id, aud: demo.client_id, nonce: application.nonce, email: alex.email,
    });
    const account = await client.fetchUserInfo(
      application.configuration, tokens.access_token, alex.user_id);
    expect(account.sub).toBe(alex.user_id);
    const fresh = await client.refreshTokenGrant(
      application.configuration, tokens.refresh_token as string);
    expect(fresh.access_token).not.toBe(tokens.access_token);

    const again = await application.redeem(answer).catch((reason) => reason);
    expect(again.error, 'a code is good for one exchange').toBe('invalid_grant');
  });

  test('an application that asks for nothing special is served', async ({
    application, customer, demo,
  }) => {
    const [alex] = demo.users;
    const plain = { acr_values: '', prompt: '', scope: 'openid profile email' };
    const tokens = await application.redeem(await application.visit(customer, alex.email, plain));
    expect(tokens.scope).toBe(plain.scope);
    expect(tokens.claims()).toMatchObject({ sub: alex.user_id, email: alex.email });
  });

  test('an application learns how long ago somebody has signed in', async ({
    application, customer, demo,
  }) => {
    const answer = await application.visit(customer, demo.users[0].email, { max_age: '60' });
    const tokens = await application.redeem(answer, { maxAge: 60 });
    expect(tokens.claims()?.auth_time).toBeGreaterThan(0);
  });

  test('a request may be left beforehand', async ({ application, customer, demo }) => {
    const [alex] = demo.users;
    const address = await client.buildAuthorizationUrlWithPAR(
      application.configuration, await application.parameters());
    expect([...address.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
    const tokens = await application.redeem(
      await application.arrive(customer, alex.email, address));
    expect(tokens.claims()?.sub).toBe(alex.user_id);
    const again = await fetch(address, { redirect: 'manual' });
    expect(again.status, 'it is good for one visitor').toBe(400);
  });

  test('whoever signs out comes back, and the application gets no more tokens', async ({
    application, customer, demo,
  }) => {
    const answer = await application.visit(customer, demo.users[0].email);
    const tokens = await application.redeem(answer);
    const leave = (id_token_hint?: string) => client.buildEndSessionUrl(application.configuration, {
      post_logout_redirect_uri: application.redirectUri,
      state: 'goodbye',
      ...(id_token_hint ? { id_token_hint } : {}),
    });
    await customer.page.goto(leave(tokens.id_token).href);
    await expect(customer.page.getByRole('heading')).toHaveText('Welcome back');
    expect(new URL(customer.page.url()).searchParams.get('state')).toBe('goodbye');
    const error = await client.refreshTokenGrant(
      application.configuration, tokens.refresh_token as string).catch((reason) => reason);
    expect(error.error).toBe('invalid_grant');

    // An application that does not say who it is about is asked about first.
    await customer.page.goto(leave().href);
    await expect(customer.page.locator('main[data-page=sign-out]')).toBeVisible();
    await customer.isAccessible();
    await customer.page.locator('main[data-page=sign-out] button').click();
    await expect(customer.page.getByRole('heading')).toHaveText('Welcome back');
  });

  test('an answer with another state, nonce or issuer is refused by the application', async ({
    application, customer, demo,
  }) => {
    const answer = await application.visit(customer, demo.users[0].email);
    const foreign = new URL(answer);
    foreign.searchParams.set('iss', 'https://evil.example');
    const why = (redeemed: Promise<unknown>) =>
      redeemed.then(() => 'accepted', (error) => error.cause.message);
    expect(await why(application.redeem(foreign))).toContain('"iss"');
    expect(await why(application.redeem(answer, { expectedState: 'other' }))).toContain('"state"');
    expect(await why(application.redeem(answer, { expectedNonce: 'other' }))).toContain('"nonce"');
  });

  test('a code is worth nothing without the verifier of its request', async ({
    application, customer, demo,
  }) => {
    const answer = await application.visit(customer, demo.users[0].email);
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const error = await application.redeem(answer, { pkceCodeVerifier }).catch((reason) => reason);
    expect(error.error).toBe('invalid_grant');
  });

  test('whoever cancels, and whom nobody knows, comes back with access_denied', async ({
    application, customer,
  }) => {
    for (const choice of [undefined, 'Somebody whom nobody knows']) {
      const answer = await application.visit(customer, choice);
      const error = await application.redeem(answer).catch((reason) => reason);
      expect(error.error).toBe('access_denied');
    }
  });

  test('a request that is wrong is told to the application', async ({ application }) => {
    const wrong: [Record<string, string>, string][] = [
      [{ prompt: 'none' }, 'login_required'],
      [{ response_type: 'token' }, 'unsupported_response_type'],
      [{ response_mode: 'fragment' }, 'invalid_request'],
      [{ scope: 'email' }, 'invalid_scope'],
      [{ code_challenge_method: 'plain' }, 'invalid_request'],
      [{ code_challenge: '' }, 'invalid_request'],
      [{ request: 'a.b.c' }, 'request_not_supported'],
      [{ acr_values: 'urn:transmit:nobody_direct' }, 'unmet_authentication_requirements'],
    ];
    for (const [changes, expected] of wrong) {
      const { location } = await application.ask(changes);
      expect(location?.href, JSON.stringify(changes)).toContain(application.redirectUri);
      const error = await application.redeem(location!).catch((reason) => reason);
      expect(error.error, JSON.stringify(changes)).toBe(expected);
    }
  });

  test('a request that is nobody\'s leads nowhere', async ({ application, customer }) => {
    for (const changes of [
      { client_id: 'nobody' },
      { redirect_uri: 'https://evil.example/callback' },
      { redirect_uri: `${application.redirectUri}/../elsewhere` },
      { redirect_uri: `${application.redirectUri}?more=1` },
      { redirect_uri: application.redirectUri.replace('localhost', '127.0.0.1') },
      { redirect_uri: '' },
    ]) {
      const { status, location } = await application.ask(changes);
      expect({ status, location }, JSON.stringify(changes)).toEqual({ status: 400 });
    }
    const evil = await application.request({ redirect_uri: 'https://evil.example/callback' });
    await customer.page.goto(evil.href);
    await expect(customer.page.locator('main[data-page=failed]')).toBeVisible();
    await customer.isAccessible();
  });
});
