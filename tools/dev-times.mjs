// How long a change takes under `make dev` until the served page shows it: a sentence in locales/, and a
// `view!` in a page. Both files are put back at the end.
//
//   node tools/dev-times.mjs [RUNS]

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DemoServer, freePorts, get, root } from './demo-server.mjs';

const runs = Number(process.argv[2] ?? 3);
const locale = path.join(root, 'locales/en/page.ftl');
const page = path.join(root, 'src/site/pages/problem.rs');

/** Seconds until the page of an unknown request has this in it. */
async function until(url, text, limit) {
  const started = performance.now();
  while (true) {
    const answer = await get(url).catch(() => undefined);
    if (answer?.body.toString().includes(text)) return (performance.now() - started) / 1000;
    if (performance.now() - started > limit * 1000) throw new Error(`'${text}' did not come in ${limit} s`);
    await pause(50);
  }
}

/** Changes a file, measures, and puts it back. */
async function measure(file, from, to, url, limit) {
  const before = await readFile(file, 'utf8');
  if (!before.includes(from)) throw new Error(`${file} has no '${from}'`);
  const seconds = [];
  try {
    for (let run = 0; run < runs; run += 1) {
      const mark = `mark-${run}-${process.pid}`;
      await writeFile(file, before.replace(from, to(mark)));
      seconds.push(await until(url, mark, limit));
    }
  } finally {
    await writeFile(file, before);
  }
  return seconds.map((value) => value.toFixed(1)).join(', ');
}

const directory = await mkdtemp(path.join(tmpdir(), 'ciba-login-dev-'));
const [site, provider, desk, reload] = await freePorts(4);
const { environment, siteUrl } = new DemoServer(directory, [site, provider, desk], {
  LEPTOS_HASH_FILES: 'false',
  LEPTOS_SITE_ADDR: `127.0.0.1:${site}`,
  LEPTOS_RELOAD_PORT: String(reload),
});
const watch = spawn('cargo', ['leptos', 'watch'], {
  cwd: root, env: environment, stdio: ['ignore', 'ignore', 'inherit'], detached: true,
});
try {
  const url = `${siteUrl}/request/unknown`;
  console.log(`ready after ${(await until(url, 'problem-request-unknown', 1_800)).toFixed(0)} s`);
  const sentence = 'problem-request-unknown = ';
  console.log(`sentence: ${await measure(locale, sentence, (mark) => sentence + mark, url, 60)} s`);
  const view = '<p class="lead">{what}</p>';
  console.log(`view!: ${await measure(page, view, (mark) => `<p class="lead ${mark}">{what}</p>`, url, 300)} s`);
} finally {
  process.kill(-watch.pid, 'SIGTERM');
  await rm(directory, { recursive: true, force: true });
}
