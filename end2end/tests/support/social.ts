// A demo whose identity provider is npm's `oidc-provider`, and what a customer does there. It lives
// at 127.0.0.1 and the site at localhost: to a browser these are two sites, as they are on the web.

import { expect, type Page } from '@playwright/test';
import { ForeignProvider } from './foreign-provider';
import { test as base } from './test';

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

  async listen(providerUrl: string) {
    await this.foreign.listen({
      clients: [{ ...client, redirect_uris: [`${providerUrl}/cis/auth/google/callback`] }],
      cookies: { keys: ['a key for the cookies of this test'] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'] },
      findAccount: async (_context: unknown, accountId: string) => ({
        accountId,
        claims: async () => ({ sub: accountId, ...this.addresses[accountId] }),
      }),
      ttl: { Grant: 600, Session: 600, Interaction: 600, AccessToken: 600, IdToken: 600 },
    });
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

  identityProvider: [async ({ preparedIdentityProvider, server, demo }, use) => {
    const [alex, sam] = demo.users;
    Object.assign(preparedIdentityProvider.addresses, {
      alex: { email: alex.email, email_verified: true },
      sam: { email: sam.email, email_verified: true },
      stranger: { email: 'stranger@example.net', email_verified: true },
    });
    await preparedIdentityProvider.listen(server.providerUrl);
    await use(preparedIdentityProvider);
    await preparedIdentityProvider.foreign.close();
  }, { auto: true }],
});
