// Browsers that are watched while they are used: whatever a page writes to the console as an error,
// whatever the content security policy stops, and whomever the browser calls.

import { expect, type Browser, type BrowserContext, type BrowserContextOptions } from '@playwright/test';

/** Opens browsers that know nothing of each other, and says at the end what went wrong in them. */
export class WatchedBrowsers {
  readonly #contexts: BrowserContext[] = [];
  readonly #faults: string[] = [];
  readonly #tolerated: RegExp[] = [];

  constructor(readonly browser: Browser, readonly hasScript: boolean) {}

  async open(options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await this.browser.newContext(options);
    this.#contexts.push(context);
    const hasScript = options.javaScriptEnabled ?? this.hasScript;
    if (hasScript) await this.#watchPolicy(context);
    const documents = new Set<string>();
    context.on('request', (request) => {
      const url = new URL(request.url());
      if (request.isNavigationRequest()) documents.add(request.url());
      // By number it is the same machine, and to a browser another site.
      const isHere = ['localhost', '127.0.0.1'].includes(url.hostname);
      if (/^https?:$/.test(url.protocol) && !isHere) {
        this.#faults.push(`the browser calls ${url.origin}`);
      }
    });
    context.on('console', (message) => {
      // Chromium notes a page's own status here; the test has asked for that page.
      const ofDocument = documents.has(message.location().url)
        && message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !ofDocument) this.#faults.push(`console: ${message.text()}`);
    });
    context.on('weberror', (error) => this.#faults.push(`script: ${error.error().message}`));
    return context;
  }

  async #watchPolicy(context: BrowserContext) {
    await context.exposeBinding('reportPolicyViolation', (_source, text: string) => {
      this.#faults.push(`content security policy: ${text}`);
    });
    await context.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        (window as any).reportPolicyViolation(`${event.effectiveDirective} ${event.blockedURI}`);
      });
    });
  }

  /** For a test whose subject is such a fault. */
  tolerate(pattern: RegExp) {
    this.#tolerated.push(pattern);
  }

  async close() {
    for (const context of this.#contexts) await context.close();
    const faults = this.#faults.filter((fault) => !this.#tolerated.some((ok) => ok.test(fault)));
    expect(faults, 'what the browsers complain about').toEqual([]);
  }
}
