// wrk, the load generator, on one address after the other.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const threads = 2;
export const connections = 32;
export const seconds = 5;

/** A script for wrk that posts a form. */
const poster = (fields) => `
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
wrk.body = ${JSON.stringify(new URLSearchParams(fields).toString())}
`;

/**
 * Requests per second on `url`, after a second that is not counted. A subject may have a `cookie` or
 * a `form` to post; one whose every answer `isAnError` (a poll that finds nothing yet is a 400) is
 * counted like any other.
 */
export function load({ url, cookie, form, isAnError = false }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'ciba-login-wrk-'));
  const script = path.join(folder, 'post.lua');
  if (form) writeFileSync(script, poster(form));
  // The server listens on IPv4 only and answers to its own name only.
  const { host, port, pathname, search } = new URL(url);
  const run = (duration) => execFileSync('wrk', [
    '--threads', threads, '--connections', connections, '--duration', `${duration}s`, '--latency',
    '--header', `Host: ${host}`,
    ...(cookie ? ['--header', `Cookie: ${cookie}`] : []),
    ...(form ? ['--script', script] : []),
    `http://127.0.0.1:${port}${pathname}${search}`,
  ], { encoding: 'utf8' });
  try {
    run(1);
    const output = run(seconds);
    const found = (pattern) => output.match(pattern)?.[1];
    const bad = Number(found(/Non-2xx or 3xx responses: (\d+)/) ?? 0);
    const all = Number(found(/(\d+) requests in/));
    const socketErrors = found(/Socket errors: (.*)/);
    if (socketErrors || bad !== (isAnError ? all : 0)) {
      throw new Error(`${pathname}: ${bad} of ${all} answers are errors, socket errors: ${socketErrors ?? 'none'}`);
    }
    return {
      perSecond: Number(found(/Requests\/sec:\s+([\d.]+)/)),
      median: found(/^\s+50%\s+(\S+)/m),
      p99: found(/^\s+99%\s+(\S+)/m),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
