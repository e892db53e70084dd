// A demo whose identity provider is npm's `oidc-provider`, and what a customer does there. It lives
// at 127.0.0.1 and the site at localhost: to a browser these are two sites, as they are on the web.

import { createPublicKey, generateKeyPairSync, verify, type KeyObject } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { parse } from 'node:querystring';
import { text } from 'node:stream/consumers';
import { expect, type Page } from '@playwright/test';
import { ForeignProvider, type Middleware } from './foreign-provider';
import { test as base, type Demo } from './test';

export { expect } from './test';

const client = { client_id: 'embedded-provider', client_secret: 'a-secret-of-forty-characters-for-the-test' };

/** `oidc-provider` for sign-ins: whoever types a name there is that person. */
export class IdentityProvider {
  /** The accounts' names there, and what it knows of their addresses. */
  readonly addresses: Record<string, { email: string; email_verified: boolean }> = {};

  private constructor(readonly foreign: ForeignProvider) {}

  static async prepare() {
    return new IdentityProvider(await ForeignProvider.prepare('127.0.0.1'));
  }

  /** The variables that put it behind the embedded provider, and its button on the page. */
  get environment(): Record<string, string> {
    return {
      CIBA_LOGIN_UPSTREAM__GOOGLE__ISSUER: this.foreign.url,
      CIBA_LOGIN_UPSTREAM__GOOGLE__CLIENT_ID: client.client_id,
      CIBA_LOGIN_UPSTREAM__GOOGLE__CLIENT_SECRET: client.client_secret,
      CIBA_LOGIN_UPSTREAM__GOOGLE__TRUST_VERIFIED_EMAIL: 'true',
      CIBA_LOGIN_SIGN_IN__SOCIAL: '[{name = "google", label = "Google"}]',
    };
  }

  async listen(providerUrl: string, ...middleware: Middleware[]) {
    const callbacks = ['google', 'apple'].map((name) => `${providerUrl}/cis/auth/${name}/callback`);
    await this.foreign.listen({
      clients: [{ ...client, redirect_uris: callbacks }],
      cookies: { keys: ['a key for the cookies of this test'] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'] },
      findAccount: async (_context: unknown, accountId: string) => ({
        accountId,
        claims: async () => ({ sub: accountId, ...this.addresses[accountId] }),
      }),
      ttl: { Grant: 600, Session: 600, Interaction: 600, AccessToken: 600, IdToken: 600 },
    }, ...middleware);
  }

  /** Serves while it is used, with an account for each of the first two customers, and a stranger's. */
  async serve(demo: Demo, use: (it: IdentityProvider) => Promise<void>, ...middleware: Middleware[]) {
    const [alex, sam] = demo.users;
    Object.assign(this.addresses, {
      alex: { email: alex.email, email_verified: true },
      sam: { email: sam.email, email_verified: true },
      stranger: { email: 'stranger@example.net', email_verified: true },
    });
    await this.listen(demo.provider_url, ...middleware);
    await use(this);
    await this.foreign.close();
  }
}

/** What a customer does on the pages of `oidc-provider`. */
export class AtIdentityProvider {
  constructor(readonly page: Page, readonly url: string, readonly hasScript: boolean) {}

  async isAsked() {
    await expect(this.page.getByPlaceholder('Enter any login')).toBeVisible();
    expect(new URL(this.page.url()).origin).toBe(this.url);
  }

  async signsIn(name: string) {
    await this.signsInAgain(name);
    await this.agrees();
  }

  /** As somebody else than before: it ends that sign-in first, without script by a button. */
  async changesTo(name: string) {
    await this.signsInAgain(name);
    if (!this.hasScript) await this.page.getByRole('button', { name: 'Continue' }).click();
    await this.agrees();
  }

  /** As somebody who has agreed before. */
  async signsInAgain(name: string) {
    await this.isAsked();
    await this.page.getByPlaceholder('Enter any login').fill(name);
    await this.page.getByPlaceholder('and password').fill('any');
    await this.page.getByRole('button', { name: 'Sign-in' }).click();
  }

  async agrees() {
    await expect(this.page.getByRole('heading', { name: 'Authorize' })).toBeVisible();
    await this.page.getByRole('button', { name: 'Continue' }).click();
  }

  async cancels() {
    await this.isAsked();
    await this.page.getByRole('link', { name: 'Cancel' }).click();
  }
}

interface Fixtures {
  preparedIdentityProvider: IdentityProvider;
  identityProvider: IdentityProvider;
}

export const test = base.extend<Fixtures>({
  preparedIdentityProvider: async ({}, use) => use(await IdentityProvider.prepare()),

  environment: async ({ preparedIdentityProvider }, use) => use(preparedIdentityProvider.environment),

  identityProvider: [async ({ preparedIdentityProvider, demo }, use) => {
    await preparedIdentityProvider.serve(demo, use);
  }, { auto: true }],
});

/** Makes it Apple's likeness: an answer by form, for a client whose secret is a JWT. */
export class ApplesLikeness {
  readonly #public: KeyObject;
  readonly #private: KeyObject;

  constructor(readonly identityProvider: IdentityProvider, readonly keyFile: string) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#private = privateKey;
    this.#public = createPublicKey(privateKey);
  }

  async environment(): Promise<Record<string, string>> {
    const pem = this.#private.export({ type: 'pkcs8', format: 'pem' });
    await writeFile(this.keyFile, pem, { mode: 0o600 });
    return {
      CIBA_LOGIN_UPSTREAM__APPLE__KIND: 'apple',
      CIBA_LOGIN_UPSTREAM__APPLE__ISSUER: this.identityProvider.foreign.url,
      CIBA_LOGIN_UPSTREAM__APPLE__CLIENT_ID: client.client_id,
      CIBA_LOGIN_UPSTREAM__APPLE__TEAM_ID: 'TEAM123456',
      CIBA_LOGIN_UPSTREAM__APPLE__KEY_ID: 'KEY1234567',
      CIBA_LOGIN_UPSTREAM__APPLE__KEY_FILE: this.keyFile,
      CIBA_LOGIN_UPSTREAM__APPLE__TRUST_VERIFIED_EMAIL: 'true',
      CIBA_LOGIN_SIGN_IN__SOCIAL: '[{name = "apple", label = "Apple"}]',
    };
  }

  /** `oidc-provider` knows no such secrets: a good one is exchanged for the one that it knows. */
  readonly takesSignedSecrets: Middleware = async (context, next) => {
    if (context.method === 'POST' && context.path === '/token') {
      const form = parse(await text(context.req));
      const secret = this.#isGood(String(form.client_secret)) ? client.client_secret : 'wrong';
      Object.assign(context.req, { body: { ...form, client_secret: secret } });
    }
    await next();
  };

  #isGood(secret: string) {
    const [header, payload, signature] = secret.split('.');
    const key = { key: this.#public, dsaEncoding: 'ieee-p1363' as const };
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return verify('sha256', Buffer.from(`${header}.${payload}`), key,
      Buffer.from(signature, 'base64url'))
      && claims.iss === 'TEAM123456' && claims.sub === client.client_id
      && claims.aud === this.identityProvider.foreign.url;
  }
}

/** The same stories with Apple's likeness. */
export const testApple = test.extend<{ likeness: ApplesLikeness }>({
  likeness: async ({ preparedIdentityProvider }, use, info) =>
    use(new ApplesLikeness(preparedIdentityProvider, info.outputPath('key.p8'))),

  environment: async ({ likeness }, use) => use(await likeness.environment()),

  identityProvider: [async ({ preparedIdentityProvider, demo, likeness }, use) => {
    await preparedIdentityProvider.serve(demo, use, likeness.takesSignedSecrets);
  }, { auto: true }],
});
