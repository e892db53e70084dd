// A real Keycloak, the site as its authentication device, and a gateway that keeps what it is to send.

import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import http from 'node:http';
import { homedir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { DemoServer, binary, cleanEnvironment, freePorts, prepareDemoServer, root } from '../../../tools/demo-server.mjs';
import { MailServer } from './mail-server';
import { Proxy } from './proxy';
import { until } from './wait';

const secret = 'call-centre-secret-for-loopback-only';

/** The key of the client that proves itself by one; `tools/keycloak run` makes it. */
export const clientKey = path.join(
  process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'ciba-login/call-centre-key.pem');

/** What fetches and prepares Keycloak; nothing where Java or Maven is missing. */
export function keycloakIsHere(): boolean {
  const found = spawnSync(path.join(root, 'tools/keycloak'), ['home'], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (found.status !== 0 && found.status !== 3) throw new Error('Keycloak could not be prepared');
  return found.status === 0;
}

export class Keycloak {
  readonly messages: { phone_number: string; message: string }[] = [];
  /** What the client that has itself called back (ping) was told. */
  readonly pings: { auth_req_id: string; token: string }[] = [];
  log = '';

  private constructor(
    readonly url: string,
    readonly port: number,
    readonly site: DemoServer,
    readonly mailServer: MailServer,
    private readonly gateway: http.Server,
    private readonly process: ChildProcess,
    private proxy: Proxy,
  ) {}

  static async start(): Promise<Keycloak> {
    const [port, proxyPort, gatewayPort, mailPort] = await freePorts(4);
    const url = `http://localhost:${proxyPort}`;
    const site = await prepareDemoServer({
      CIBA_LOGIN_CONFIG: path.join(root, 'contrib/keycloak/ciba-login.toml'),
      CIBA_LOGIN_DEMO__ENABLED: 'false',
      CIBA_LOGIN_PROVIDER__URL: `${url}/realms/main`,
      CIBA_LOGIN_SMS__GATEWAY_URL: `http://127.0.0.1:${gatewayPort}/`,
      CIBA_LOGIN_KEYCLOAK__MAIL_SIGN_IN: '["call-centre"]',
      CIBA_LOGIN_MAIL__SMTP_URL: `smtp://127.0.0.1:${mailPort}`,
      CIBA_LOGIN_MAIL__FROM: 'Example Bank <no-reply@example.com>',
      CIBA_LOGIN_DESK__ENABLED: 'true',
      CIBA_LOGIN_DESK__IDENTITY_HEADER: 'X-Forwarded-User',
      CIBA_LOGIN_DESK__TRUSTED_PROXIES: '["127.0.0.1", "::1"]',
    });
    // A group of its own: the script's child, the server, ends with it.
    const child = spawn(path.join(root, 'tools/keycloak'), ['run'], {
      cwd: root,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...cleanEnvironment,
        KEYCLOAK_PORT: String(port),
        KEYCLOAK_HOSTNAME: url,
        SITE_URL: site.siteUrl,
        CALL_CENTRE_PING_URL: `http://127.0.0.1:${gatewayPort}/ping`,
      },
    });
    const proxy = await Proxy.listen(proxyPort, [`http://127.0.0.1:${port}`]);
    const gateway = http.createServer();
    const mailServer = await MailServer.listen(mailPort);
    const keycloak = new Keycloak(url, port, site, mailServer, gateway, child, proxy);
    const keep = (text: Buffer) => { keycloak.log = (keycloak.log + text).slice(-100_000); };
    child.stdout!.on('data', keep);
    child.stderr!.on('data', keep);
    gateway.on('request', (request, response) => {
      let body = '';
      request.on('data', (part) => { body += part; });
      request.on('end', () => {
        if (request.url === '/ping') {
          const token = String(request.headers.authorization).replace(/^Bearer /, '');
          keycloak.pings.push({ auth_req_id: JSON.parse(body).auth_req_id, token });
        } else {
          keycloak.messages.push(JSON.parse(body));
        }
        response.writeHead(200).end();
      });
    });
    await new Promise<void>((resolve) => { gateway.listen(gatewayPort, '127.0.0.1', resolve); });
    try {
      await until('Keycloak', async () => {
        if (child.exitCode !== null) throw new Error(`Keycloak has ended:\n${keycloak.log}`);
        const realm = await fetch(`${url}/realms/main`).catch(() => undefined);
        return realm?.ok ? true : undefined;
      }, 180_000);
      await site.start();
    } catch (error) {
      await keycloak.stop();
      throw error;
    }
    return keycloak;
  }

  /** The realm, past the address that browsers have. */
  get internalRealm() {
    return `http://127.0.0.1:${this.port}/realms/main`;
  }

  /** What was asked for at the address that browsers have. */
  get askedInPublic() {
    return this.proxy.paths;
  }

  /** Starts the site anew with these keys of its configuration, and gives what undoes it. */
  async configures(keys: Record<string, string>) {
    const { environment } = this.site;
    const before = { ...environment };
    const restart = async (changed: Record<string, string | undefined>) => {
      await this.site.end();
      for (const name of Object.keys(environment)) delete environment[name];
      Object.assign(environment, changed);
      await this.site.start();
    };
    await restart({ ...before, ...keys });
    return () => restart(before);
  }

  /** Nobody reaches Keycloak any more, until `comesBack`. */
  async goesAway() {
    await this.proxy.close();
  }

  async comesBack() {
    const { port } = new URL(this.url);
    this.proxy = await Proxy.listen(Number(port), [`http://127.0.0.1:${this.port}`]);
  }

  /** Asks a customer as the agents' client, and gives the link that they get. */
  async ask(login_hint: string, more: Record<string, string> = {}, isReachable = true, client = 'call-centre') {
    const before = this.messages.length;
    const answer = await this.post('ext/ciba/auth', { scope: 'openid', login_hint, ...more }, client);
    const id = String(answer.body.auth_req_id);
    if (answer.status !== 200 || !isReachable) return { ...answer, id, link: '' };
    const message = await until('the message', () => this.messages[before]);
    return { ...answer, id, link: message.message.split(' ').at(-1)! };
  }

  /** Polls at the pace of the realm until it is neither pending nor too early. */
  async poll(auth_req_id: string, client = 'call-centre') {
    return until('an end of the request', async () => {
      const answer = await this.pollOnce(auth_req_id, client);
      return ['authorization_pending', 'slow_down'].includes(answer.body.error) ? undefined : answer;
    }, 30_000);
  }

  pollOnce(auth_req_id: string, client = 'call-centre') {
    return this.post('token', { grant_type: 'urn:openid:params:grant-type:ciba', auth_req_id }, client);
  }

  /** Waits for the link that is sent after `before` messages. */
  async linkAfter(before: number) {
    const message = await until('the message', () => this.messages[before]);
    return message.message.split(' ').at(-1)!;
  }

  /** Starts `ciba-login request … --json` beside the site; its objects as they come, and its end. */
  requests(args: string[], environment: Record<string, string> = {}) {
    const child = spawn(binary, ['request', ...args, '--json'], {
      cwd: root,
      env: { ...this.site.environment, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: Record<string, any>[] = [];
    let said = '';
    createInterface({ input: child.stdout! }).on('line', (line) => lines.push(JSON.parse(line)));
    child.stderr!.on('data', (text) => { said += text; });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const event = (name: string) => until(`${name}; ${said}`, () => lines.find((line) => line.event === name), 30_000);
    return { event, ended, lines };
  }

  /** Runs another command of the program to its end. */
  command(args: string[], environment: Record<string, string> = {}) {
    return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      const options = { cwd: root, env: { ...this.site.environment, ...environment } };
      execFile(binary, args, options, (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), stdout, stderr });
      });
    });
  }

  private async post(endpoint: string, fields: Record<string, string>, client: string) {
    const answer = await fetch(`http://127.0.0.1:${this.port}/realms/main/protocol/openid-connect/${endpoint}`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${client}:${secret}`).toString('base64')}` },
      body: new URLSearchParams(fields),
    });
    return { status: answer.status, body: await answer.json() as Record<string, string> };
  }

  async stop() {
    await this.site.stop();
    this.mailServer.close();
    this.gateway.closeAllConnections();
    this.gateway.close();
    await this.proxy.close().catch(() => undefined);
    if (this.process.exitCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    process.kill(-this.process.pid!, 'SIGTERM');
    await ended;
  }
}
