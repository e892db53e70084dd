// What a screen reader finds on every page, in English: the tree of the page in `target/pages`, which
// the unit tests write, compared with the one in `accessibility-tree/`. For a page that is meant to
// change, remove its file: the next run fails once and writes it anew, to be looked at.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from '@playwright/test';
import { root } from '../../tools/demo-server.mjs';

const pages = path.join(root, 'target/pages/en');
const written = path.join(root, 'end2end/tests/accessibility-tree');
const names = (folder: string, ending: string) => existsSync(folder)
  ? readdirSync(folder).filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length)).sort()
  : [];
const states = names(pages, '.html');

test.use({ trace: 'off' });

test('every page has its tree, and every tree its page', () => {
  expect(states.length, 'pages in target/pages; make unit writes them').toBeGreaterThan(40);
  expect(names(written, '.aria.yml')).toEqual(states);
});

for (const state of states) {
  test(`the tree of ${state}`, async ({ page }) => {
    await page.goto(pathToFileURL(path.join(pages, `${state}.html`)).href);
    await expect(page.locator('body')).toMatchAriaSnapshot({
      name: `${state}.aria.yml`,
      // The page stands still.
      timeout: 1_000,
    });
  });
}
