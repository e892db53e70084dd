// What a phone shows before anybody scrolls: who asks, the reference, who called whom, the way on and
// the way out, in every state of the pages that lead to a decision. The unit tests write the pages
// (`target/pages`).

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@playwright/test';
import { root } from '../../tools/demo-server.mjs';

const gallery = path.join(root, 'target/pages');
const phones = [{ width: 390, height: 664 }, { width: 360, height: 640 }];
const states = (language: string) => {
  const folder = path.join(gallery, language);
  return existsSync(folder)
    ? readdirSync(folder).filter((name) => /^(request|decision).*\.html$/.test(name)).sort() : [];
};
/** A warning or an error stands above the rest there: on the smaller phone the buttons may begin lower. */
const hasMoreToSay = /doubted|invalid-address|failed|changed|little-known|absent|away|missing/;

test.use({ trace: 'off' });

for (const language of ['en', 'de', 'es', 'fr', 'ar']) {
  test(`everything that matters in ${language} is on the first screen`, async ({ page }) => {
    expect(states(language).length, 'pages in target/pages; make unit writes them').toBeGreaterThan(20);
    const below: string[] = [];
    for (const { width, height } of phones) {
      await page.setViewportSize({ width, height });
      for (const state of states(language)) {
        if (width < 390 && hasMoreToSay.test(state)) continue;
        await page.goto(pathToFileURL(path.join(gallery, language, state)).href);
        const found = await page.evaluate((bottom) => {
          const shown = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)]
            .filter((element) => element.checkVisibility()
              && !element.closest('details:not([open])'));
          // The first row of buttons holds the way on and the way out, or the two answers.
          const row = shown('main .decide, main .social').at(0);
          const buttons = row ? [...row.querySelectorAll<HTMLElement>('.button')]
            .filter((button) => button.checkVisibility()) : [];
          const parts = { heading: shown('h1'), call: shown('.call'), buttons };
          return Object.entries(parts).flatMap(([name, elements]) =>
            elements.length === 0 ? [`${name}: none`] : elements
              .map((element) => Math.round(element.getBoundingClientRect().bottom))
              .filter((low) => low > bottom)
              .map((low) => `${name}: ${low} px`));
        }, height);
        below.push(...found.map((what) => `${state} at ${width} x ${height}: ${what}`));
      }
    }
    expect(below).toEqual([]);
  });
}
