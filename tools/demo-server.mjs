// Starts the built release as `make run` does, but with a demo of its own: a temporary folder and
// free ports, so that it stands beside one that is being worked with.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const binary = path.join(root, 'target/release/ciba-login');
const patience = 20_000;

async function freePorts(count) {
  // All are held at once, so that no two are the same.
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise((resolve, reject) => {
      const server = net.createServer();
      server.once('error', reject);
      server.listen(0, '127.0.0.1', () => resolve(server));
    })),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** One GET on IPv4, not followed and not decoded: what went over the wire. */
export function get(url, headers = {}) {
  return new Promise((resolve, reject) => {
    http.get(url, { headers, family: 4, agent: false }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => resolve({
        status: response.statusCode,
        headers: response.headers,
        body: Buffer.concat(chunks),
      }));
    }).on('error', reject);
  });
}

/**
 * @returns {Promise<{siteUrl: string, pid: number, startMilliseconds: number,
 *   stop: () => Promise<void>}>} a server whose site answers
 */
export async function startDemoServer() {
  if (!existsSync(binary)) throw new Error("there is no built release: run 'make build' first");
  const directory = await mkdtemp(path.join(tmpdir(), 'ciba-login-'));
  const [site, provider, desk] = await freePorts(3);

  const inherited = Object.entries(process.env)
    .filter(([name]) => !/^(CIBA_LOGIN|LEPTOS)_/.test(name));
  const environment = {
    ...Object.fromEntries(inherited),
    CIBA_LOGIN_SITE__ADDRESS: `127.0.0.1:${site}`,
    CIBA_LOGIN_SITE__PUBLIC_URL: `http://localhost:${site}`,
    CIBA_LOGIN_PROVIDER__ADDRESS: `127.0.0.1:${provider}`,
    CIBA_LOGIN_PROVIDER__PUBLIC_URL: `http://localhost:${provider}`,
    CIBA_LOGIN_DESK__ADDRESS: `127.0.0.1:${desk}`,
    CIBA_LOGIN_DESK__PUBLIC_URL: `http://localhost:${desk}`,
    CIBA_LOGIN_STORAGE__URL: `sqlite://${path.join(directory, 'ciba-login.db')}`,
    CIBA_LOGIN_DEMO__ENABLED: 'true',
    CIBA_LOGIN_DEMO__DIRECTORY: directory,
    CIBA_LOGIN_LOG__FILTER: 'warn',
  };

  const started = performance.now();
  const server = spawn(binary, ['serve'], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  server.stderr.on('data', (text) => { complaint = (complaint + text).slice(-4_000); });
  const ended = new Promise((resolve) => {
    server.once('error', (error) => resolve(error.message));
    server.once('exit', (code, signal) => resolve(`it ended with ${code ?? signal}`));
  });
  let alive = true;
  ended.then(() => { alive = false; });

  const stop = async () => {
    if (alive) {
      server.kill('SIGTERM');
      const kill = setTimeout(() => server.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(kill);
    }
    await rm(directory, { recursive: true, force: true });
  };

  const siteUrl = `http://localhost:${site}`;
  while (true) {
    const answer = await get(`${siteUrl}/healthz`).catch(() => undefined);
    if (answer?.status === 200) {
      const startMilliseconds = Math.round(performance.now() - started);
      return { siteUrl, pid: server.pid, startMilliseconds, stop };
    }
    if (!alive || performance.now() - started > patience) {
      const why = alive ? `it did not answer within ${patience / 1000} s` : await ended;
      await stop();
      throw new Error(`'ciba-login serve' did not start: ${why}\n${complaint}`);
    }
    await pause(5);
  }
}

/** Opens the link as a customer's browser would, up to the address of the clean page. */
export async function openLink(siteUrl) {
  const link = `${siteUrl}/login?auth_req_id=1c266114-a1be-4252-8ad1-04986c5b9ac1`
    + '&binding_message=CASE-4711';
  const answer = await get(link);
  const { location, 'set-cookie': cookies = [] } = answer.headers;
  if (answer.status !== 303 || !location) {
    throw new Error(`GET /login answered ${answer.status} instead of a redirect to a clean page`);
  }
  const cookie = cookies.map((line) => line.split(';')[0]).join('; ');
  return { link, page: new URL(location, link).href, cookie };
}
