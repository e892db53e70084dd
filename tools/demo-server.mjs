// Starts the built release as `make run` does, but with a demo of its own: a temporary folder and
// free ports, so that it stands beside one that is being worked with.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
/** The release; another build of it may be named while tests are written. */
export const binary = path.resolve(root, process.env.TEST_BINARY ?? 'target/release/ciba-login');
const startTimeout = 20_000;

function canListen(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

// Below the ports that systems hand out for outgoing connections, or one of those could take a port
// between this look and the server's start.
export async function freePorts(count) {
  const ports = new Set();
  while (ports.size < count) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    if (await canListen(port)) ports.add(port);
  }
  return [...ports];
}

/** What a child of ours inherits: nothing that configures another ciba-login. */
export const cleanEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(CIBA_LOGIN|LEPTOS)_/.test(name)),
);

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

/** `ciba-login serve` with a folder and ports that it keeps when it is started again. */
export class DemoServer {
  #process;
  #ended;
  #log = '';

  constructor(directory, [site, provider, desk], environment, program = binary) {
    this.directory = directory;
    this.program = program;
    this.siteUrl = `http://localhost:${site}`;
    this.providerUrl = `http://localhost:${provider}`;
    this.deskUrl = `http://localhost:${desk}`;
    this.environment = {
      ...cleanEnvironment,
      CIBA_LOGIN_SITE__ADDRESS: `127.0.0.1:${site}`,
      CIBA_LOGIN_SITE__PUBLIC_URL: this.siteUrl,
      CIBA_LOGIN_PROVIDER__ADDRESS: `127.0.0.1:${provider}`,
      CIBA_LOGIN_PROVIDER__PUBLIC_URL: this.providerUrl,
      CIBA_LOGIN_DESK__ADDRESS: `127.0.0.1:${desk}`,
      CIBA_LOGIN_DESK__PUBLIC_URL: this.deskUrl,
      CIBA_LOGIN_STORAGE__URL: `sqlite://${path.join(directory, 'ciba-login.db')}`,
      CIBA_LOGIN_DEMO__ENABLED: 'true',
      CIBA_LOGIN_DEMO__DIRECTORY: directory,
      CIBA_LOGIN_LOG__FILTER: 'warn',
      ...environment,
    };
  }

  get pid() {
    return this.#process.pid;
  }

  /** What it has written to standard error since it was made. */
  get log() {
    return this.#log;
  }

  get isRunning() {
    return this.#process?.exitCode === null && this.#process.signalCode === null;
  }

  /** Starts it, again if need be, and waits until it is ready. */
  async start() {
    const started = performance.now();
    const child = spawn(this.program, ['serve'], {
      cwd: root,
      env: this.environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.on('data', (text) => { this.#log = (this.#log + text).slice(-200_000); });
    this.#process = child;
    this.#ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(`it ended with ${code ?? signal}`));
    });
    while (true) {
      const answer = await get(`${this.siteUrl}/readyz`).catch(() => undefined);
      if (answer?.status === 200) {
        this.startMilliseconds = Math.round(performance.now() - started);
        return;
      }
      if (!this.isRunning || performance.now() - started > startTimeout) {
        const why = this.isRunning ? `it was not ready within ${startTimeout / 1000} s` : await this.#ended;
        await this.end('SIGKILL');
        throw new Error(`'ciba-login serve' did not start: ${why}\n${this.#log}`);
      }
      await pause(5);
    }
  }

  /** Ends the process; `SIGKILL` gives it no time to tidy up. Its folder stays. */
  async end(signal = 'SIGTERM') {
    if (!this.isRunning) return;
    this.#process.kill(signal);
    const kill = setTimeout(() => this.#process.kill('SIGKILL'), 5_000);
    await this.#ended;
    clearTimeout(kill);
  }

  /** Ends the process and removes its folder. */
  async stop() {
    await this.end();
    await rm(this.directory, { recursive: true, force: true });
  }

  /** What `demo.json` says: addresses, credentials and customers. */
  async demo() {
    return JSON.parse(await readFile(path.join(this.directory, 'demo.json'), 'utf8'));
  }
}

/** A server on free ports that is not started yet, with these variables over the demo's own. */
export async function prepareDemoServer(environment = {}) {
  if (!existsSync(binary)) throw new Error("there is no built release: run 'make build' first");
  const directory = await mkdtemp(path.join(tmpdir(), 'ciba-login-'));
  return new DemoServer(directory, await freePorts(3), environment);
}

/** A server whose site is ready. */
export async function startDemoServer(environment = {}) {
  const server = await prepareDemoServer(environment);
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
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
