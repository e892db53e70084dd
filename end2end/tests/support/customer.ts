// What a customer does with a phone in one hand. Pages, buttons and fields are found by their names for
// programs: the words are the translators'.

import { expect, type BrowserContext, type Locator, type Page } from '@playwright/test';
import { expectAccessible } from './accessibility';
import { onlyLink, type Outbox } from './outbox';

/** The pages by their `data-page`. */
const pages = {
  code: 'code',
  request: 'request',
  mailSent: 'mail-sent',
  goOn: /^(mail|elsewhere)-go-on$/,
  pick: 'mail-pick',
  typeCode: 'mail-type',
  decision: 'decision',
  notOnACall: 'not-on-a-call',
  allowed: 'outcome-allowed',
  passkeyAdded: 'outcome-passkey-added',
  stopped: 'outcome-stopped',
  reported: 'outcome-reported',
  unsent: 'outcome-unsent',
  expired: 'problem-request-expired',
  unknown: 'problem-request-unknown',
  malformed: 'problem-link-malformed',
  changed: 'problem-message-mismatch',
  withdrawn: 'problem-withdrawn',
  wrongAccount: 'problem-wrong-account',
  mailSpent: 'problem-mail-link-spent',
  wrongReference: 'problem-wrong-reference',
  signInFailed: 'problem-sign-in-failed',
  unreachable: 'problem-provider-unreachable',
  foreignForm: 'problem-cross-site',
} as const;

export type PageName = keyof typeof pages;

/** The buttons of all pages; each page has one of a kind. */
const buttons = {
  allow: 'button[name=decision][value=approve], form[data-purpose=approve] button',
  stop: 'button[name=decision][value=deny], form[data-purpose=deny] button',
  passkey: 'form[data-purpose=sign-in] button',
  addPasskey: 'form[data-purpose=enrol] button',
  sendMail: 'form[data-known-address] button, form:not([data-known-address]):has(#email) button',
  sendAgain: 'button.plain[name=decision]',
  goOn: 'main button.allow',
  report: 'form[action$="/not-on-a-call"] button',
  otherAccount: 'form[action$="/switch-account"] button',
  elsewhere: 'form[action$="/elsewhere"] button',
} as const;

export type ButtonName = keyof typeof buttons;

export async function expectPage(page: Page, name: PageName, options: { timeout?: number } = {}) {
  await expect(page.locator('main')).toHaveAttribute('data-page', pages[name], options);
}

/** A button that can be seen; more than one on a page is a fault of the page. */
export function buttonOn(page: Page, name: ButtonName): Locator {
  return page.locator(buttons[name]).filter({ visible: true });
}

/** The link that starts a social login. */
export function socialLink(page: Page, name: string): Locator {
  return page.locator(`.social a[href$="/social/${name}"]`);
}

export class Customer {
  constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    readonly email: string,
    readonly outbox: Outbox,
    readonly hasScript: boolean,
  ) {}

  async sees(name: PageName, options: { timeout?: number } = {}) {
    await expectPage(this.page, name, options);
    await this.isAccessible();
  }

  /** axe needs script in the page; the pages are the same without. */
  async isAccessible() {
    if (this.hasScript) await expectAccessible(this.page);
  }

  button(name: ButtonName) {
    return buttonOn(this.page, name);
  }

  async press(name: ButtonName) {
    await this.button(name).click();
  }

  /** Follows the link for whoever is not speaking with an agent. */
  async doubts() {
    await this.page.locator('a[href$="/not-on-a-call"]').filter({ visible: true }).click();
    await this.sees('notOnACall');
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
    const field = this.mailField;
    // In a browser in which a passkey was used before, mail is one of the other ways.
    if (!await field.isVisible()) await this.unfoldsOtherWays();
    await field.fill(email);
    // Where an address is known, another form sends the link there.
    const form = this.page.locator('form').filter({ has: field });
    await form.locator('button').click();
    await this.sees('mailSent');
  }

  /** Opens the mail's link where it was asked for: the press that answers signs in. */
  async opensMail(email = this.email) {
    const mail = await this.outbox.next('email', email);
    await this.page.goto(onlyLink(mail));
    await this.sees('decision');
  }

  get mailField() {
    return this.page.locator('#email');
  }

  /** For a mail's code, and on the first page for the agent's. */
  get codeField() {
    return this.page.locator('#code');
  }

  async typesCode(code: string) {
    await this.codeField.fill(code);
    await this.press('goOn');
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
    await this.press('allow');
  }

  async stops() {
    await this.press('stop');
  }
}
