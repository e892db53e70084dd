// A picture of every page in every state: light, dark, and in Arabic. `npm run screenshots` puts them
// into target/screenshots; `make unit` has written the pages before. `npm run screenshots first` takes
// what two phones show before anybody scrolls, of the pages that lead to a decision, in every language.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from '@playwright/test';

const root = fileURLToPath(new URL('..', import.meta.url));
const pages = path.join(root, 'target/pages');
const pictures = path.join(root, 'target/screenshots');
const firstScreens = process.argv[2] === 'first';
const looks = firstScreens
  ? ['en', 'de', 'es', 'fr', 'ar'].flatMap((language) => [[390, 664], [360, 640]].map(
    ([width, height]) => (
      { name: `first-${width}-${language}`, language, colorScheme: 'light', width, height })))
  : [
    { name: 'light', language: 'en', colorScheme: 'light' },
    { name: 'dark', language: 'en', colorScheme: 'dark' },
    { name: 'arabic', language: 'ar', colorScheme: 'light' },
  ];
const shown = firstScreens ? /^(code|request|decision).*\.html$/ : /\.html$/;

const executablePath = execFileSync(path.join(root, 'tools/chromium'), { encoding: 'utf8' }).trim();
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
let count = 0;
for (const { name, language, colorScheme, width = 390, height = 844 } of looks) {
  const page = await browser.newPage({
    colorScheme, viewport: { width, height }, deviceScaleFactor: 2,
  });
  const folder = path.join(pages, language);
  mkdirSync(path.join(pictures, name), { recursive: true });
  for (const file of readdirSync(folder).filter((entry) => shown.test(entry))) {
    await page.goto(pathToFileURL(path.join(folder, file)).href);
    await page.screenshot({
      path: path.join(pictures, name, file.replace(/html$/, 'png')), fullPage: !firstScreens,
    });
    count += 1;
  }
  await page.close();
}
await browser.close();
console.log(`${count} pictures in ${path.relative(process.cwd(), pictures) || '.'}`);
