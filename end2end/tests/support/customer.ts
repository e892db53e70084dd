// What a customer does with a phone in one hand, in the words of the page.

import { expect, type BrowserContext, type Page } from '@playwright/test';
import { expectAccessible } from './accessibility';
import { onlyLink, type Outbox } from './outbox';

export const titles = {
  code: 'Enter the code that the agent reads to you',
  request: /^An agent is asking (for access to your account|you to confirm that it is you)$/,
  mailSent: 'Check your email',
  goOn: 'Continue with the request',
  pick: 'Which reference did the agent give you?',
  typeCode: 'Type the code from the email',
  decision: /^(Allow this agent into your account|Confirm to this agent that it is you)\?$/,
  allowed: 'Allowed',
  passkeyAdded: 'Passkey added',
  stopped: 'Stopped',
  reported: 'Reported',
  waiting: 'Not answered yet',
  decided: 'This request has been answered',
  expired: 'The time is over',
  unknown: 'We cannot find this request',
  malformed: 'This link is not complete',
  wrongAccount: 'This request is for another account',
  mailSpent: 'This email is too old',
  wrongReference: 'That is not the agent’s reference',
  unreachable: 'We cannot connect at the moment',
  outcomeUnknown: 'We do not know yet whether it worked',
} as const;

export class Customer {
  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly email: string,
    readonly outbox: Outbox,
    readonly hasScript: boolean,
  ) {}

  async sees(title: keyof typeof titles, options: { timeout?: number } = {}) {
    await expect(this.page.getByRole('heading', { level: 1 })).toHaveText(titles[title], options);
    await this.isAccessible();
  }

  /** axe needs script in the page; the pages are the same without. */
  async isAccessible() {
    if (this.hasScript) await expectAccessible(this.page);
  }

  async press(name: string | RegExp) {
    await this.page.getByRole('button', { name }).click();
  }

  async opens(link: string) {
    await this.page.goto(link);
    await this.sees('request');
  }

  /** Opens the line into which the other ways to sign in are folded. */
  async unfoldsOtherWays() {
    const folded = this.page.locator('details:not([open]) > summary');
    if (await folded.count() > 0) await folded.click();
  }

  async asksForMail(email = this.email) {
    const field = this.page.getByLabel(/^(Your|Another) email address$/);
    // In a browser in which a passkey was used before, mail is one of the other ways.
    if (!await field.isVisible()) await this.unfoldsOtherWays();
    await field.fill(email);
    // Where an address is known, another form sends the link there.
    const form = this.page.locator('form').filter({ has: field });
    await form.getByRole('button', { name: 'Send me a link' }).click();
    await this.sees('mailSent');
  }

  /** Opens the mail's link where it was asked for: the press that answers signs in. */
  async opensMail(email = this.email) {
    const mail = await this.outbox.next('email', email);
    await this.page.goto(onlyLink(mail));
    await this.sees('decision');
  }

  get codeField() {
    return this.page.getByRole('textbox', { name: 'Code from the email' });
  }

  async typesCode(code: string) {
    await this.codeField.fill(code);
    await this.press('Continue');
  }

  /** From the link to the two buttons, of which either signs in. */
  async comesByMail(link: string, email = this.email) {
    await this.opens(link);
    await this.asksForMail(email);
    await this.opensMail(email);
  }

  /** From the link to the two buttons, signed in before one of them is pressed. */
  async signsInByCode(link: string, email = this.email) {
    await this.opens(link);
    await this.asksForMail(email);
    await this.typesCode((await this.outbox.next('email', email)).code!);
    await this.sees('decision');
  }

  async allows() {
    await this.press('Yes, allow');
  }

  async stops() {
    await this.press('No, stop this');
  }
}
