import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';

/** The same browser that the set-up found. */
const chromium = execFileSync(fileURLToPath(new URL('../tools/chromium', import.meta.url)), {
  encoding: 'utf8',
}).trim();

const phone = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
  locale: 'en',
};

export default defineConfig({
  testDir: 'tests',
  forbidOnly: Boolean(process.env.CI),
  // A test that passes at the second try has found something: at a desk there is none. In CI, on a
  // machine that is shared, the list calls it flaky and the rest still counts.
  retries: process.env.CI ? 1 : 0,
  workers: 2,
  fullyParallel: true,
  timeout: 60_000,
  expect: {
    timeout: 10_000,
    // Whole trees: what is added without being asked for is a difference too.
    toMatchAriaSnapshot: {
      pathTemplate: '{testDir}/accessibility-tree/{arg}{ext}',
      children: 'deep-equal',
    },
  },
  reporter: [['list'], ['./closing-line.mjs']],
  use: {
    browserName: 'chromium',
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: chromium,
      // No sandbox: root has none. The rest keeps the browser from calling anybody by itself.
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
  projects: [
    { name: 'phone', use: phone },
    { name: 'no-script', grep: /@no-script/, use: { ...phone, javaScriptEnabled: false } },
  ],
});
