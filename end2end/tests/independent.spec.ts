// Our client with a provider that we did not write, and our provider with a client that we did not
// write.

import { execFileSync } from 'node:child_process';
import { errors } from 'oidc-provider';
import * as client from 'openid-client';
import { binary, cleanEnvironment } from '../../tools/demo-server.mjs';
import { CommandedRequest } from './support/agent';
import { ForeignProvider } from './support/foreign-provider';
import { expect, test } from './support/test';
import { until } from './support/wait';

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
  async function discover(demo: { provider_url: string; client_id: string; client_secret: string }) {
    return client.discovery(
      new URL(`${demo.provider_url}/cis/oidc/.well-known/openid-configuration`),
      demo.client_id,
      demo.client_secret,
      client.ClientSecretPost(demo.client_secret),
      { execute: [client.allowInsecureRequests] },
    );
  }
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
    await customer.signsInByMail(started.link as string);
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
    await customer.signsInByMail(started.link as string);
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
