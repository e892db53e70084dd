// wrk, the load generator, on one address after the other; and what the server's process spent.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const threads = 2;
export const connections = 32;
export const seconds = Number(process.env.BENCH_SECONDS ?? 4);

/** What Chrome sends with a navigation. */
const asChrome = {
  Accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'Accept-Encoding': 'gzip, deflate, br, zstd',
  'Accept-Language': 'en-GB,en;q=0.9',
  'Sec-Fetch-Site': 'none', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document',
};

/** The seconds of CPU that a process has spent (proc(5): `utime` and `stime`, in hundredths). */
export function cpuSeconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A script for wrk that posts a form; with `forms`, another one each time. */
const poster = ({ form, forms }) => `
local forms = {${(forms ?? [form]).map((fields) => JSON.stringify(new URLSearchParams(fields).toString())).join(',\n')}}
local threads, next = 0, 0
function setup(thread) thread:set("start", threads * math.floor(#forms / ${threads})); threads = threads + 1 end
function init() next = start end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
function request()
  next = next % #forms + 1
  return wrk.format(nil, nil, nil, forms[next])
end
`;

/**
 * Requests per second on `url`, after a second that is not counted. A subject may have a `cookie`, a
 * `form` to post, or `forms` to post in turn; one whose every answer `isAnError` (a poll that finds
 * nothing yet is a 400) is counted like any other. `browser`: it is asked for as Chrome does.
 */
export function load({ url, cookie, form, forms, browser = false, isAnError = false, pid }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ciba-login-wrk-'));
  const script = path.join(folder, 'post.lua');
  const posts = form || forms;
  if (posts) writeFileSync(script, poster({ form, forms }));
  // The server listens on IPv4 only and answers to its own name only.
  const { host, port, pathname, search } = new URL(url);
  const headers = { Host: host, ...(cookie && { Cookie: cookie }), ...(browser && asChrome) };
  const run = (duration) => execFileSync('wrk', [
    '--threads', threads, '--connections', connections, '--duration', `${duration}s`, '--latency',
    ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
    ...(posts ? ['--script', script] : []),
    `http://127.0.0.1:${port}${pathname}${search}`,
  ], { encoding: 'utf8' });
  try {
    run(1);
    const before = cpuSeconds(pid);
    const output = run(seconds);
    const cpu = cpuSeconds(pid) - before;
    const found = (pattern) => output.match(pattern)?.[1];
    const bad = Number(found(/Non-2xx or 3xx responses: (\d+)/) ?? 0);
    const all = Number(found(/(\d+) requests in/));
    const socketErrors = found(/Socket errors: (.*)/);
    if (socketErrors || bad !== (isAnError ? all : 0)) {
      throw new Error(`${pathname}: ${bad} of ${all} answers are errors, socket errors: ${socketErrors ?? 'none'}`);
    }
    return {
      perSecond: Number(found(/Requests\/sec:\s+([\d.]+)/)),
      microseconds: cpu * 1e6 / all,
      median: found(/^\s+50%\s+(\S+)/m),
      p99: found(/^\s+99%\s+(\S+)/m),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The middle of an odd number of runs, by the CPU that a request took. */
export function median(runs) {
  const sorted = [...runs].sort((a, b) => a.microseconds - b.microseconds);
  return sorted[Math.floor(sorted.length / 2)];
}
