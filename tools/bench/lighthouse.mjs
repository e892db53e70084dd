// Lighthouse on the built release, on its "mobile" preset (a slow phone on slow 4G): from the link of
// the SMS on, redirect included, as a customer comes.

import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../demo-server.mjs';

// Its packages lie apart, because nothing but the benchmark needs them.
const from = createRequire(path.join(root, 'tools/lighthouse/package.json'));
const load = async (name) => import(pathToFileURL(from.resolve(name)).href);

const runs = 3;
const categories = ['performance', 'accessibility', 'best-practices'];
const budget = [
  { name: 'largest-contentful-paint', title: 'largest paint', most: 1_000, unit: ' ms' },
  { name: 'cumulative-layout-shift', title: 'layout shift', most: 0, unit: '' },
];

/** Where a report can be looked at by eye. */
const report = path.join(root, 'target/lighthouse.html');

const scores = ({ lhr }) =>
  categories.map((name) => [name, Math.round(lhr.categories[name].score * 100)]);
const measured = ({ lhr }, name) => lhr.audits[name].numericValue;

/** What costs points, for whoever mends it. */
function faults({ lhr }) {
  return categories.flatMap((category) => lhr.categories[category].auditRefs
    .filter(({ id, weight }) => weight > 0 && (lhr.audits[id].score ?? 1) < 0.9)
    .map(({ id }) => `${category}: ${lhr.audits[id].title} (${id})`));
}

/** Several runs, the fastest first: on the same machine others only ever add to a run's time. */
async function measure(link) {
  const { default: run } = await load('lighthouse');
  const { launch } = await load('chrome-launcher');
  const profile = await mkdtemp(path.join(tmpdir(), 'ciba-login-lighthouse-'));
  const chrome = await launch({
    chromePath: execFileSync(path.join(root, 'tools/chromium'), { encoding: 'utf8' }).trim(),
    chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    userDataDir: profile,
    logLevel: 'silent',
  });
  try {
    const results = [];
    for (let count = 0; count < runs; count += 1) {
      const result = await run(link, {
        port: chrome.port, logLevel: 'silent', output: 'html', onlyCategories: categories,
      });
      if (result.lhr.runtimeError) throw new Error(result.lhr.runtimeError.message);
      results.push(result);
    }
    const [paint] = budget;
    return results.sort((a, b) => measured(a, paint.name) - measured(b, paint.name));
  } finally {
    chrome.kill();
    await rm(profile, { recursive: true, force: true });
  }
}

/** The figures as lines, and what falls short of 100 points and of the budget. */
export async function lighthouse(link) {
  const results = await measure(link);
  const [best] = results;
  await mkdir(path.dirname(report), { recursive: true });
  await writeFile(report, best.report);

  const lines = scores(best).map(([name, score]) => `${name.padEnd(16)} ${String(score).padStart(5)}`);
  const shortfalls = scores(best).filter(([, score]) => score < 100)
    .map(([name, score]) => `  ${name} has ${score} points of 100`);
  if (shortfalls.length > 0) shortfalls.push(...faults(best).map((fault) => `  ${fault}`));
  for (const { name, title, most, unit } of budget) {
    const values = results.map((result) => Math.round(measured(result, name) * 1_000) / 1_000)
      .map((value) => (unit ? Math.round(value) : value));
    lines.push(`${title.padEnd(16)} ${String(values[0]).padStart(5)}${unit}, at most ${most}${unit}`
      + ` (${runs} runs: ${values.join(', ')})`);
    if (values[0] > most) shortfalls.push(`  ${title} is ${values[0]}${unit} and at most ${most}${unit} are wanted`);
  }
  lines.push(`its report is in ${path.relative(process.cwd(), report)}`);
  return { lines, shortfalls };
}
