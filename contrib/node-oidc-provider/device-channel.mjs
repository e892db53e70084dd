// npm `oidc-provider` with ciba-login as its authentication device: the provider's half of the channel
// that docs/channel.md describes. No dependency but Node's own.
//
//   import Provider, { errors } from 'oidc-provider';
//   const device = deviceChannel({ issuer, channel, key, page: 'ciba-login', user, errors });
//   const provider = new Provider(issuer, {
//     …, routes: device.routes, extraParams: device.extraParams,
//     issueRefreshToken: device.issueRefreshToken,
//     features: { ciba: { …, triggerAuthenticationDevice: device.triggerAuthenticationDevice },
//                 clientCredentials: { enabled: true } },
//   });
//   provider.use(device.middleware(provider));
//
// `issuer` ends with /realms/<name>; `channel` is the device's address; `key` a private RSA key of the
// provider's `jwks`, as a JWK with its `kid`; `page` the client with which ciba-login signs customers in;
// `user(id)` gives { login, phone, email, locale } or nothing.

import { createPrivateKey, createPublicKey, randomUUID, sign, verify } from 'node:crypto';

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = () => Math.floor(Date.now() / 1000);

export function deviceChannel({ issuer, channel, key, page, user, errors }) {
  const { pathname } = new URL(issuer);
  const [base, realm] = pathname.split('/realms/');
  const path = (name) => `${pathname}/protocol/openid-connect/${name}`;
  const privateKey = createPrivateKey({ key, format: 'jwk' });
  const publicKey = createPublicKey(privateKey);

  // Whoever holds it can answer the request. It carries the request's name, so nothing is kept here.
  function bearerOf(request, expiresAt) {
    const text = `${encode({ alg: 'RS256', typ: 'JWT', kid: key.kid })}.${encode({
      typ: 'Bearer', iss: issuer, aud: issuer, azp: request.clientId, sub: request.accountId,
      jti: randomUUID(), iat: now(), exp: expiresAt, auth_req_id: request.jti,
    })}`;
    return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
  }

  function claimsOf(ctx) {
    const [header, payload, signature] = ctx.get('authorization').replace(/^Bearer /i, '').split('.');
    const isGood = signature && verify(
      'RSA-SHA256', Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, 'base64url'));
    const claims = isGood ? JSON.parse(Buffer.from(payload, 'base64url')) : {};
    return claims.aud === issuer && claims.exp > now() ? claims : undefined;
  }

  async function bodyOf(ctx) {
    const parts = [];
    for await (const part of ctx.req) parts.push(part);
    return Buffer.concat(parts).toString();
  }

  function refuse(ctx, status, error) {
    ctx.status = status;
    ctx.body = { error };
  }

  // The decision. Only what nobody has answered is answered.
  async function callback(provider, ctx) {
    const claims = claimsOf(ctx);
    if (!claims) return refuse(ctx, 403, 'invalid_token');
    const request = await provider.BackchannelAuthenticationRequest.find(claims.auth_req_id);
    if (!request || request.grantId) return refuse(ctx, 403, 'invalid_token');
    const { status } = JSON.parse(await bodyOf(ctx));
    if (status === 'SUCCEED') {
      if (request.error) return refuse(ctx, 403, 'invalid_token');
      const { accountId, clientId } = request;
      const grant = new provider.Grant({ accountId, clientId });
      grant.addOIDCScope(request.scope);
      await grant.save();
      await provider.backchannelResult(request, grant, { authTime: now() });
    } else if (status === 'CANCELLED' || status === 'UNAUTHORIZED') {
      await provider.backchannelResult(request, new errors.AccessDenied(`the device says ${status}`));
    } else {
      return refuse(ctx, 400, 'invalid_request');
    }
    ctx.body = {};
  }

  // Ends the session that the customer's sign-in has made, by its refresh token.
  async function logout(provider, ctx) {
    const token = new URLSearchParams(await bodyOf(ctx)).get('refresh_token') ?? '';
    const found = await provider.RefreshToken.find(token);
    const session = found && await provider.Session.findByUid(found.sessionUid);
    await found?.destroy();
    await session?.destroy();
    ctx.status = 204;
  }

  // Where a customer is reached.
  async function lookUp(provider, ctx, id) {
    const token = ctx.get('authorization').replace(/^Bearer /i, '');
    const account = await provider.ClientCredentials.find(token);
    if (account?.clientId !== page) return refuse(ctx, 401, 'invalid_token');
    const found = await user(id);
    if (!found) return refuse(ctx, 404, 'not_found');
    const { login, phone, email, locale } = found;
    ctx.body = {
      id, username: login, enabled: true, email, emailVerified: Boolean(email),
      attributes: { phoneNumber: phone ? [phone] : [], locale: locale ? [locale] : [] },
    };
  }

  return {
    /** What an agent's tool can say. */
    extraParams: ['x_link_key', 'x_channel', 'x_contact', 'x_locale'],

    routes: {
      authorization: path('auth'),
      token: path('token'),
      jwks: path('certs'),
      backchannel_authentication: path('ext/ciba/auth'),
    },

    /** The page's own sign-in is ended by its refresh token; for other clients the rule is the usual one. */
    issueRefreshToken: async (ctx, client, code) =>
      client.clientId === page
      || (client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access')),

    /** `features.ciba.triggerAuthenticationDevice`: asks the device, which has to answer 201. */
    async triggerAuthenticationDevice(ctx, request, account, client) {
      const { binding_message, acr_values, scope, ...others } = request.params;
      const known = Object.entries(others).filter(([name]) => name.startsWith('x_'));
      const answer = await fetch(channel, {
        method: 'POST',
        redirect: 'error',
        signal: AbortSignal.timeout(5_000),
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${bearerOf(request, now() + request.expiration)}`,
        },
        body: JSON.stringify({
          login_hint: (await user(account.accountId))?.login ?? account.accountId,
          scope, binding_message, acr_values, is_consent_required: true, ...Object.fromEntries(known),
        }),
      });
      if (answer.status !== 201) {
        await request.destroy();
        throw new errors.TemporarilyUnavailable(`the device has answered ${answer.status}`);
      }
    },

    /** The routes that the device calls. */
    middleware: (provider) => async (ctx, next) => {
      const users = `${base}/admin/realms/${realm}/users/`;
      if (ctx.method === 'POST' && ctx.path === path('ext/ciba/auth/callback')) {
        return callback(provider, ctx);
      }
      if (ctx.method === 'POST' && ctx.path === path('logout')) return logout(provider, ctx);
      if (ctx.method === 'GET' && ctx.path.startsWith(users)) {
        return lookUp(provider, ctx, decodeURIComponent(ctx.path.slice(users.length)));
      }
      return next();
    },
  };
}
