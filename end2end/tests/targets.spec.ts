// What a thumb, and an eye that needs room between letters, ask of every page in every state. The unit
// tests write the pages (`target/pages`).

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test, type Page } from '@playwright/test';
import { root } from '../../tools/demo-server.mjs';

const gallery = path.join(root, 'target/pages');
// The shortest words, the longest, and the other direction.
const languages = ['en', 'de', 'ar'];
const states = (language: string) => {
  const folder = path.join(gallery, language);
  return existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith('.html')).sort() : [];
};

test.use({ trace: 'off' });

async function opens(page: Page, language: string, state: string) {
  await page.goto(pathToFileURL(path.join(gallery, language, state)).href);
  // A page that looks again by itself is looked at as it stands.
  await page.evaluate(() => window.stop());
}

for (const language of languages) {
  test(`every target in ${language} is large enough for a thumb`, async ({ page }) => {
    test.setTimeout(120_000);
    expect(states(language).length, 'pages in target/pages; make unit writes them').toBeGreaterThan(40);
    const wrong: string[] = [];
    for (const state of states(language)) {
      await opens(page, language, state);
      for (const width of [390, 320]) {
        await page.setViewportSize({ width, height: 844 });
        const small = await page.evaluate(() => {
          const all = document.querySelectorAll<HTMLElement>(
            'a[href], button, summary, select, textarea, input:not([type=hidden])');
          return [...all].filter((target) => target.checkVisibility()).flatMap((target) => {
            // A choice is touched anywhere in its label.
            const touched = target.matches('input[type=radio], input[type=checkbox]')
              ? target.closest('label') ?? target : target;
            const { width, height } = touched.getBoundingClientRect();
            const size = `${Math.round(width)} x ${Math.round(height)}`;
            return height < 47.9 || width < 47.9 ? [`${size}: ${touched.outerHTML.slice(0, 120)}`] : [];
          });
        });
        wrong.push(...small.map((target) => `${state}, ${width} px: ${target}`));
      }
    }
    expect(wrong).toEqual([]);
  });

  // WCAG 2.2, 1.4.12.
  test(`text in ${language} may be set wider and loses nothing`, async ({ page }) => {
    test.setTimeout(120_000);
    const wrong: string[] = [];
    for (const state of states(language)) {
      await opens(page, language, state);
      for (const width of [390, 320]) {
        await page.setViewportSize({ width, height: 844 });
        const lost = await page.evaluate(() => {
          const sheet = document.createElement('style');
          sheet.textContent = `* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
            word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }`;
          document.head.append(sheet);
          const { scrollWidth, clientWidth } = document.documentElement;
          const outside = scrollWidth > clientWidth ? [`${scrollWidth - clientWidth} px too wide`] : [];
          const cut = [...document.querySelectorAll<HTMLElement>('body *:not(svg *):not(input)')]
            .filter((element) => element.checkVisibility() && (
              element.scrollWidth > element.clientWidth + 1
              || element.scrollHeight > element.clientHeight + 1)
              && getComputedStyle(element).overflow !== 'visible')
            .map((element) => `cut: ${element.outerHTML.slice(0, 120)}`);
          sheet.remove();
          return [...outside, ...cut];
        });
        wrong.push(...lost.map((what) => `${state}, ${width} px: ${what}`));
      }
    }
    expect(wrong).toEqual([]);
  });
}
