// A PostgreSQL of the test's own, on a free port, gone with the test.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chownSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cleanEnvironment, freePorts, root } from '../../../tools/demo-server.mjs';

export class PostgreSql {
  private constructor(
    readonly url: string,
    readonly directory: string,
    readonly process: ChildProcess,
  ) {}

  static async start(): Promise<PostgreSql> {
    const commands = execFileSync(path.join(root, 'tools/postgresql'), { encoding: 'utf8' }).trim();
    const directory = await mkdtemp(path.join(tmpdir(), 'ciba-login-postgresql-'));
    const account = unprivileged();
    if (account.uid !== undefined) chownSync(directory, account.uid, account.gid);
    const data = path.join(directory, 'data');
    const options = { ...account, cwd: directory, env: { ...cleanEnvironment, LC_ALL: 'C.UTF-8' } };
    execFileSync(
      path.join(commands, 'initdb'),
      ['--pgdata', data, '--username', 'ciba', '--auth', 'trust', '--encoding', 'UTF8', '--no-sync'],
      { ...options, stdio: 'pipe' });
    const [port] = await freePorts(1);
    const child = spawn(path.join(commands, 'postgres'), [
      '-D', data, '-p', String(port), '-k', '', '-F', '-c', 'listen_addresses=127.0.0.1',
    ], { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
    await new Promise<void>((resolve, reject) => {
      let log = '';
      child.stderr!.on('data', (text) => {
        log += text;
        if (log.includes('ready to accept connections')) resolve();
      });
      child.once('exit', () => reject(new Error(`PostgreSQL did not start:\n${log}`)));
    });
    return new PostgreSql(`postgres://ciba@127.0.0.1:${port}/postgres`, directory, child);
  }

  async stop() {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    // Its word for "now": nothing of it is kept.
    this.process.kill('SIGQUIT');
    await ended;
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** PostgreSQL refuses to run as root; another account of the machine has to. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: 'pipe' }));
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // There is no such account here.
    }
  }
  throw new Error('PostgreSQL refuses to run as root, and there is no account to run it as');
}
