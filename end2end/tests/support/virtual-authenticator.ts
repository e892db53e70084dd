// Chromium's virtual authenticator: a phone's screen lock that a test presses.

import type { CDPSession, Page } from '@playwright/test';

export class VirtualAuthenticator {
  private constructor(readonly session: CDPSession, readonly id: string) {}

  static async attach(page: Page): Promise<VirtualAuthenticator> {
    const session = await page.context().newCDPSession(page);
    await session.send('WebAuthn.enable');
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    return new VirtualAuthenticator(session, authenticatorId);
  }

  async credentials() {
    const { credentials } = await this.session.send('WebAuthn.getCredentials', {
      authenticatorId: this.id,
    });
    return credentials;
  }

  async add(credential: Awaited<ReturnType<VirtualAuthenticator['credentials']>>[number]) {
    await this.session.send('WebAuthn.addCredential', { authenticatorId: this.id, credential });
  }

  async removeAll() {
    await this.session.send('WebAuthn.clearCredentials', { authenticatorId: this.id });
  }

  /** The person's answer to the sheet: the right finger, or none at all. */
  async setUserVerified(isUserVerified: boolean) {
    await this.session.send('WebAuthn.setUserVerified', {
      authenticatorId: this.id,
      isUserVerified,
    });
  }
}
