// The built release on this same machine: first Lighthouse, which has a floor, then load, where runs
// are to be compared with each other and not with figures from elsewhere.

import { execFileSync } from 'node:child_process';
import { openLink, startDemoServer } from './demo-server.mjs';
import { lighthouse } from './lighthouse.mjs';

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

/** The page on a slow phone; the benchmark fails where it falls short. */
async function slowPhone(link) {
  const { lines, shortfalls } = await lighthouse(link);
  console.log('Lighthouse, mobile, from the SMS link on');
  for (const line of lines) console.log(`  ${line}`);
  console.log('');
  if (shortfalls.length > 0) throw new Error(`Lighthouse:\n${shortfalls.join('\n')}`);
}

async function bench() {
  const server = await startDemoServer();
  try {
    const { link, page, cookie } = await openLink(server.siteUrl);
    await slowPhone(link);
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
