// Two accessibility checkers inside the page, and its width: fast enough for thousands of looks.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from '@playwright/test';

const source = (name: string) =>
  readFileSync(createRequire(import.meta.url).resolve(name), 'utf8');

/** Puts both checkers into each page that is opened from here on. */
export async function bringCheckers(page: Page) {
  await page.addInitScript({ content: source('axe-core/axe.min.js') });
  await page.addInitScript({ content: source('html_codesniffer/build/HTMLCS.js') });
  await page.addInitScript(() => {
    // It asks for some of its own texts by a misspelt name, and would stop there.
    const { HTMLCS } = window as any;
    const text = HTMLCS.getTranslation;
    HTMLCS.getTranslation = (name: string) =>
      text.call(HTMLCS, name) ?? text.call(HTMLCS, name.replace('AutoComplete', 'Autocomplete'));
  });
}

/** What is wrong with the page as it is shown now. */
export async function findings(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe, HTMLCS } = window as any;
    const { violations } = await axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'],
      resultTypes: ['violations'],
    });
    const ofAxe = violations.flatMap((violation: any) =>
      violation.nodes.map((node: any) => `axe, ${violation.id}: ${node.html}`));

    // What it calls an error; its warnings and notices ask a person to look. It goes by HTML 5.2,
    // which had no user name in a field for an e-mail address; HTML has it there today (the field's
    // group is "Username"), and browsers offer passkeys by it.
    const isUserName = (message: any) => message.code.includes('1_3_5.H98')
      && message.element.matches('input[type=email][autocomplete="username webauthn"]');
    await new Promise<void>((resolve) => { HTMLCS.process('WCAG2AA', document, resolve); });
    const ofSniffer = HTMLCS.getMessages()
      .filter((message: any) => message.type === HTMLCS.ERROR && !isUserName(message))
      .map((message: any) =>
        `HTML_CodeSniffer, ${message.code}: ${message.element.outerHTML?.slice(0, 200)}`);

    const { scrollWidth, clientWidth } = document.documentElement;
    const ofWidth = scrollWidth > clientWidth
      ? [`${scrollWidth - clientWidth} px wider than the screen`] : [];
    return [...ofAxe, ...ofSniffer, ...ofWidth];
  });
}
