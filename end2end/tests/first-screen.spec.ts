// What a phone shows before anybody scrolls, in every state of the pages that lead to a decision: who
// asks, the reference, who called whom, the way on and the way out; on the first page the code's field
// and what to do after a call. The unit tests write the pages (`target/pages`).

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
    ? readdirSync(folder).filter((name) => /^(code|request|decision).*\.html$/.test(name)).sort() : [];
};

test.use({ trace: 'off' });

for (const language of ['en', 'de', 'es', 'fr', 'ar']) {
  test(`everything that matters in ${language} is on the first screen`, async ({ page }) => {
    expect(states(language).length, 'pages in target/pages; make unit writes them').toBeGreaterThan(35);
    const below: string[] = [];
    for (const { width, height } of phones) {
      await page.setViewportSize({ width, height });
      for (const state of states(language)) {
        await page.goto(pathToFileURL(path.join(gallery, language, state)).href);
        const found = await page.evaluate((bottom) => {
          const shown = (selector: string) => [...document.querySelectorAll<HTMLElement>(selector)]
            .filter((element) => element.checkVisibility()
              && !element.closest('details:not([open])'));
          // The first row of buttons holds the way on and the way out, or the two answers.
          const row = shown('main .decide, main .social').at(0);
          const buttons = row ? [...row.querySelectorAll<HTMLElement>('.button')]
            .filter((button) => button.checkVisibility()) : [];
          const parts: Record<string, HTMLElement[]> = document.querySelector('[data-page=code]')
            ? { heading: shown('h1'), field: shown('#code'), button: shown('main .button'),
              call: shown('.contact') }
            : { heading: shown('h1'), call: shown('.call'), buttons };
          const never = shown('[data-never-links]');
          if (never.length > 0) parts.never = never;
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
