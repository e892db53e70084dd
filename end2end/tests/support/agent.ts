// The agent: the operator's command as a process of its own, and the guide's steps by plain HTTP.

import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';
import { binary, root } from '../../../tools/demo-server.mjs';
import { until } from './wait';

export interface Ending {
  code: number | null;
  outcome: Record<string, any>;
}

/** One `ciba-login request --json` and what it prints. */
export class CommandedRequest {
  readonly events: Record<string, any>[] = [];
  readonly ended: Promise<Ending>;
  #process: ChildProcessByStdio<null, Readable, Readable>;
  #errors = '';
  #code: number | null | undefined;

  constructor(environment: NodeJS.ProcessEnv, options: string[]) {
    const child = spawn(binary, ['request', '--json', ...options], {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    child.stderr.on('data', (text) => { this.#errors += text; });
    createInterface({ input: child.stdout }).on('line', (line) => this.events.push(JSON.parse(line)));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        this.#code = code;
        resolve({ code, outcome: this.#last('outcome') ?? {} });
      });
    });
  }

  #last(event: string) {
    return this.events.findLast((candidate) => candidate.event === event);
  }

  /** The first event of this name. */
  async event(name: string): Promise<Record<string, any>> {
    return until(`the event '${name}' of 'ciba-login request'`, () => {
      const event = this.events.find((candidate) => candidate.event === name);
      if (!event && this.#code !== undefined) {
        throw new Error(`'ciba-login request' ended with ${this.#code}: ${this.#errors}`
          + JSON.stringify(this.events));
      }
      return event;
    });
  }

  get isWaiting() {
    return this.#code === undefined;
  }

  kill() {
    if (this.isWaiting) this.#process.kill('SIGKILL');
  }
}

/** The answers of the guide's steps 3 and 4, as they came. */
export interface Answer {
  status: number;
  body: Record<string, any>;
}

export interface RequestOptions {
  login_hint?: string;
  login_hint_type?: string;
  binding_message?: string;
  channel?: 'sms' | 'email' | 'link' | 'code';
  custom_message?: string;
  requested_expiry?: number;
  scope?: string;
}

export class Agent {
  #commands: CommandedRequest[] = [];

  constructor(
    readonly environment: NodeJS.ProcessEnv,
    readonly providerUrl: string,
    readonly credentials: { client_id: string; client_secret: string },
    readonly defaultHint: string,
  ) {}

  /** Starts the operator's command and leaves it running. */
  request(options: RequestOptions = {}): CommandedRequest {
    const named = { login_hint: this.defaultHint, ...options };
    const flags = Object.entries(named)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `--${name.replaceAll('_', '-')}=${value}`);
    const command = new CommandedRequest(this.environment, flags);
    this.#commands.push(command);
    return command;
  }

  /** A request that hands its link over, and the link. */
  async requestByLink(options: RequestOptions = {}) {
    const command = this.request({ binding_message: 'CASE-4711', ...options, channel: 'link' });
    const { link, auth_req_id } = await command.event('started');
    return { command, link: link as string, authReqId: auth_req_id as string };
  }

  /** A request whose code is read out, and the code. */
  async requestByCode(options: RequestOptions = {}) {
    const command = this.request({ binding_message: 'CASE-4711', ...options, channel: 'code' });
    const { code, code_page: page } = await command.event('started');
    return { command, code: code as string, page: page as string };
  }

  /** Step 3 of the guide, by plain HTTP. */
  async start(fields: Record<string, string>, context: Record<string, string> = {}): Promise<Answer> {
    return this.#post('/oidc/backchannel', {
      scope: 'openid',
      login_hint: this.defaultHint,
      request_context: JSON.stringify(context),
      ...fields,
    });
  }

  /** Step 4 of the guide, once. */
  async poll(authReqId: string): Promise<Answer> {
    return this.#post('/oidc/token', {
      grant_type: 'urn:openid:params:grant-type:ciba',
      auth_req_id: authReqId,
    });
  }

  async clientToken(): Promise<string> {
    const { body } = await this.#post('/oidc/token', { grant_type: 'client_credentials' });
    return body.access_token;
  }

  async #post(path: string, fields: Record<string, string>): Promise<Answer> {
    const answer = await fetch(`${this.providerUrl}/cis${path}`, {
      method: 'POST',
      headers: { accept: 'application/json' },
      body: new URLSearchParams({ ...this.credentials, ...fields }),
    });
    return { status: answer.status, body: await answer.json() };
  }

  killAll() {
    for (const command of this.#commands) command.kill();
  }
}
