// Load on the built release, from this same machine: compare runs with each other, not with figures
// from elsewhere.

import { execFileSync } from 'node:child_process';
import { openLink, startDemoServer } from './demo-server.mjs';

const threads = 2;
const connections = 32;
const seconds = 5;

function wrk(url, cookie, duration) {
  // The server listens on IPv4 only and answers to its own name only.
  const { host, port, pathname, search } = new URL(url);
  const output = execFileSync('wrk', [
    '--threads', threads, '--connections', connections, '--duration', `${duration}s`, '--latency',
    '--header', `Host: ${host}`,
    ...(cookie ? ['--header', `Cookie: ${cookie}`] : []),
    `http://127.0.0.1:${port}${pathname}${search}`,
  ], { encoding: 'utf8' });
  const found = (pattern) => output.match(pattern)?.[1];
  const failures = Number(found(/Non-2xx or 3xx responses: (\d+)/) ?? 0);
  const socketErrors = found(/Socket errors: (.*)/);
  if (failures > 0 || socketErrors) {
    throw new Error(`${pathname}: ${failures} bad answers, socket errors: ${socketErrors ?? 'none'}`);
  }
  return {
    perSecond: Math.round(Number(found(/Requests\/sec:\s+([\d.]+)/))),
    median: found(/\b50%\s+(\S+)/),
    p99: found(/\b99%\s+(\S+)/),
  };
}

function residentMegabytes(pid) {
  const kibibytes = Number(execFileSync('ps', ['-o', 'rss=', '-p', pid], { encoding: 'utf8' }));
  return (kibibytes * 1024 / 1e6).toFixed(1);
}

async function bench() {
  const server = await startDemoServer();
  try {
    const { link, page, cookie } = await openLink(server.siteUrl);
    console.log(`start        ${server.startMilliseconds} ms until the site answers`);
    console.log(`memory       ${residentMegabytes(server.pid)} MB resident, idle\n`);

    const subjects = [
      ['GET /healthz', `${server.siteUrl}/healthz`, ''],
      ['GET /login (redirect)', link, ''],
      ['GET /request/… (page)', page, cookie],
    ];
    console.log(`${connections} connections, ${seconds} s`.padEnd(26)
      + ['requests/s', 'median', 'p99'].map((title) => title.padStart(12)).join(''));
    for (const [title, url, itsCookie] of subjects) {
      wrk(url, itsCookie, 1);
      const { perSecond, median, p99 } = wrk(url, itsCookie, seconds);
      console.log(title.padEnd(26)
        + [perSecond.toLocaleString('en-GB'), median, p99].map((cell) => cell.padStart(12)).join(''));
    }
    console.log(`\nmemory       ${residentMegabytes(server.pid)} MB resident, afterwards`);
  } finally {
    await server.stop();
  }
}

await bench().catch((error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
