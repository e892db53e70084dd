// The commands of docs/keycloak.md, as they stand there, in one shell and an empty folder.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { binary, cleanEnvironment, root } from '../../../tools/demo-server.mjs';
import type { Keycloak } from './keycloak';
import { until } from './wait';

export class Walk {
  readonly commands: string[];
  log = '';
  ended = Promise.resolve();
  private shell?: ChildProcess;

  constructor(private readonly folder: string, private readonly keycloak: Keycloak) {
    const manual = readFileSync(path.join(root, 'docs/keycloak.md'), 'utf8');
    const [, section] = /^## Ten minutes.*?$(.*?)^## /ms.exec(manual)!;
    const home = execFileSync(path.join(root, 'tools/keycloak'), ['home'], { encoding: 'utf8' }).trim();
    // Where the programs are, and the ports, are this machine's.
    this.commands = [...section.matchAll(/^```sh\n(.*?)\n```$/gms)].map(([, text]) => text
      .replaceAll('~/keycloak-26.7.3', home)
      .replaceAll('~/ciba-login/target/site', path.join(root, 'target/site'))
      .replaceAll('$HOME/ciba-login/target/release', path.dirname(binary))
      .replaceAll('http://localhost:8180', keycloak.url)
      .replaceAll('http://localhost:3000', keycloak.site.siteUrl)
      .replaceAll('password admin', 'password admin-for-loopback-only'));
  }

  /** Runs these in one shell, and gives the link that the last one shows. */
  async follows(commands: string[]) {
    mkdirSync(path.join(this.folder, 'try-ciba'), { recursive: true });
    writeFileSync(path.join(this.folder, 'try-ciba/password'), 'admin-for-loopback-only\n');
    const { port } = new URL(this.keycloak.site.siteUrl);
    const shell = spawn('bash', ['-e', '-c', commands.join('\n')], {
      cwd: this.folder,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...cleanEnvironment,
        CIBA_LOGIN_SITE__ADDRESS: `127.0.0.1:${port}`,
        CIBA_LOGIN_SITE__PUBLIC_URL: this.keycloak.site.siteUrl,
      },
    });
    this.shell = shell;
    const keep = (text: Buffer) => { this.log += text; };
    shell.stdout!.on('data', keep);
    shell.stderr!.on('data', keep);
    this.ended = new Promise((resolve) => { shell.once('exit', () => resolve()); });
    return until('the link', () => {
      if (shell.exitCode !== null) throw new Error(`the commands have ended:\n${this.log}`);
      return /^link +(\S+)$/m.exec(this.log)?.[1];
    }, 120_000);
  }

  /** Ends the site that serves in the background, and whatever else the shell has left. */
  async stop() {
    if (!this.shell) return;
    try {
      process.kill(-this.shell.pid!, 'SIGTERM');
    } catch {
      // Nothing is left.
    }
    await this.ended;
    const site = `${this.keycloak.site.siteUrl}/readyz`;
    await until('the end of the site', () => fetch(site).then(() => undefined, () => true));
  }
}
