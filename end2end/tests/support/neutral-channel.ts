// npm's `oidc-provider` with the site as its authentication device, by contrib/node-oidc-provider.

import { generateKeyPairSync } from 'node:crypto';
import http from 'node:http';
import path from 'node:path';
import Provider, { errors } from 'oidc-provider';
import { deviceChannel } from '../../../contrib/node-oidc-provider/device-channel.mjs';
import { DemoServer, freePorts, prepareDemoServer, root } from '../../../tools/demo-server.mjs';
import { until } from './wait';

const users: Record<string, { login: string; phone?: string; locale?: string }> = {
  'user-1': { login: 'alex', phone: '+15550100', locale: 'en' },
  'user-2': { login: 'sam', phone: '+15550101' },
  'user-3': { login: 'unreachable' },
};
const secret = 'a-secret-for-loopback-only-of-some-length';

export class NeutralChannel {
  readonly messages: { message: string }[] = [];

  private constructor(readonly issuer: string, readonly site: DemoServer, private readonly servers: http.Server[]) {}

  static async start() {
    const [port, gatewayPort] = await freePorts(2);
    const issuer = `http://localhost:${port}/realms/example`;
    const site = await prepareDemoServer({
      CIBA_LOGIN_CONFIG: path.join(root, 'contrib/keycloak/ciba-login.toml'),
      CIBA_LOGIN_DEMO__ENABLED: 'false',
      CIBA_LOGIN_PROVIDER__URL: issuer,
      CIBA_LOGIN_PROVIDER__CLIENT_SECRET: secret,
      CIBA_LOGIN_KEYCLOAK__AGENT__CLIENT_SECRET: secret,
      CIBA_LOGIN_SMS__GATEWAY_URL: `http://127.0.0.1:${gatewayPort}/`,
    });
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = { ...privateKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' };
    const device = deviceChannel({
      issuer, key, errors, page: 'ciba-login', channel: `${site.siteUrl}/keycloak/channel`,
      user: async (id: string) => users[id],
    });
    const grants = ['urn:openid:params:grant-type:ciba'];
    const provider = new Provider(issuer, {
      jwks: { keys: [key] },
      routes: device.routes,
      issueRefreshToken: device.issueRefreshToken,
      findAccount: async (_ctx: unknown, id: string) =>
        (id in users ? { accountId: id, claims: async () => ({ sub: id }) } : undefined),
      clients: [
        {
          client_id: 'call-centre', client_secret: secret, grant_types: grants, response_types: [],
          redirect_uris: [], backchannel_token_delivery_mode: 'poll',
        },
        {
          client_id: 'ciba-login', client_secret: secret, response_types: ['code'],
          grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
          redirect_uris: [`${site.siteUrl}/social/callback`],
        },
      ],
      extraParams: device.extraParams,
      ttl: { BackchannelAuthenticationRequest: 300 },
      features: {
        clientCredentials: { enabled: true },
        ciba: {
          enabled: true,
          deliveryModes: ['poll'],
          processLoginHint: async (_ctx: unknown, hint: string) =>
            Object.keys(users).find((id) => users[id].login === hint),
          validateRequestContext: async () => undefined,
          verifyUserCode: async () => undefined,
          triggerAuthenticationDevice: device.triggerAuthenticationDevice,
        },
      },
    } as any);
    provider.use(async (context, next) => {
      // Its pages fetch a font from far away and have no icon.
      if (context.path === '/favicon.ico') {
        context.status = 204;
        return;
      }
      await next();
      if (typeof context.body === 'string') context.body = context.body.replace(/@import url\([^)]*\);/, '');
    });
    provider.use(device.middleware(provider) as any);
    const channel = new NeutralChannel(issuer, site, []);
    const gateway = http.createServer((request, response) => {
      let body = '';
      request.on('data', (part) => { body += part; });
      request.on('end', () => {
        channel.messages.push(JSON.parse(body));
        response.writeHead(200).end();
      });
    });
    for (const [server, at] of [[http.createServer(provider.callback()), port], [gateway, gatewayPort]] as const) {
      await new Promise<void>((resolve) => { server.listen(at, '127.0.0.1', resolve); });
      channel.servers.push(server);
    }
    await site.start();
    return channel;
  }

  /** Asks as the agents' client, and gives the link that the customer gets. */
  async ask(login_hint: string, more: Record<string, string> = {}, isReachable = true) {
    const before = this.messages.length;
    const answer = await this.post('ext/ciba/auth', { scope: 'openid', login_hint, ...more });
    const link = isReachable
      ? (await until('the message', () => this.messages[before])).message.split(' ').at(-1)!
      : '';
    return { ...answer, id: String(answer.body.auth_req_id), link };
  }

  async poll(auth_req_id: string) {
    return until('an end of the request', async () => {
      const grant_type = 'urn:openid:params:grant-type:ciba';
      const answer = await this.post('token', { grant_type, auth_req_id });
      return ['authorization_pending', 'slow_down'].includes(answer.body.error) ? undefined : answer;
    });
  }

  private async post(endpoint: string, fields: Record<string, string>) {
    const answer = await fetch(`${this.issuer}/protocol/openid-connect/${endpoint}`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`call-centre:${secret}`).toString('base64')}` },
      body: new URLSearchParams(fields),
    });
    return { status: answer.status, body: await answer.json() as Record<string, string> };
  }

  async stop() {
    await this.site.stop();
    for (const server of this.servers) {
      server.closeAllConnections();
      server.close();
    }
  }
}
