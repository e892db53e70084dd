// Instances on a PostgreSQL of the benchmark's own, whose commits are on the disk before they are
// answered, as SQLite's are.

import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cleanEnvironment, freePorts, prepareDemoServer, root } from '../demo-server.mjs';

/** PostgreSQL refuses to run as root; another account of the machine has to. */
function account() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function startDatabase() {
  const commands = execFileSync(path.join(root, 'tools/postgresql'), { encoding: 'utf8' }).trim();
  const directory = await mkdtemp(path.join(tmpdir(), 'ciba-login-postgresql-'));
  const { uid, gid } = account();
  if (uid !== undefined) chownSync(directory, uid, gid);
  const options = { uid, gid, cwd: directory, env: { ...cleanEnvironment, LC_ALL: 'C.UTF-8' } };
  execFileSync(path.join(commands, 'initdb'),
    ['--pgdata', 'data', '--username', 'ciba', '--auth', 'trust', '--encoding', 'UTF8'],
    { ...options, stdio: 'pipe' });
  const [port] = await freePorts(1);
  const child = spawn(path.join(commands, 'postgres'),
    ['-D', 'data', '-p', port, '-k', '', '-c', 'listen_addresses=127.0.0.1'],
    { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  await new Promise((resolve, reject) => {
    child.stderr.on('data', (text) => `${text}`.includes('ready to accept connections') && resolve());
    child.once('exit', () => reject(new Error('PostgreSQL did not start')));
  });
  return {
    url: `postgres://ciba@127.0.0.1:${port}/postgres`,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGQUIT');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** nginx in front of instances, as in `contrib/nginx.conf`: for each port the servers that share it. */
async function startNginx(listeners) {
  const directory = await mkdtemp(path.join(tmpdir(), 'ciba-login-nginx-'));
  const shared = listeners.map(([port, addresses], number) => `
    upstream shared${number} {
      ${addresses.map((address) => `server ${new URL(address).host.replace('localhost', '127.0.0.1')} max_fails=0;`).join(' ')}
      keepalive 128;
    }
    server {
      listen 127.0.0.1:${port};
      location / {
        proxy_pass http://shared${number};
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
      }
    }`);
  await writeFile(path.join(directory, 'nginx.conf'), `
    daemon off;
    master_process off;
    pid nginx.pid;
    events { worker_connections 1024; }
    http {
      access_log off;
      ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`).join(' ')}
      ${shared.join('')}
    }`);
  // Not on the path of everybody who may run it.
  const debian = '/usr/sbin/nginx';
  const child = spawn(existsSync(debian) ? debian : 'nginx',
    ['-p', directory, '-c', 'nginx.conf', '-e', 'error.log'], { cwd: directory, stdio: 'inherit' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return async () => {
    child.kill('SIGKILL');
    await ended;
    await rm(directory, { recursive: true, force: true });
  };
}

/** So many instances on a new database; several of them behind one address. */
export async function startInstances(count) {
  const stops = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    const database = await startDatabase();
    stops.push(database.stop);
    const ports = count > 1 ? await freePorts(2) : [];
    const [siteUrl, providerUrl] = ports.map((port) => `http://localhost:${port}`);
    const servers = [];
    for (let number = 0; number < count; number += 1) {
      servers.push(await prepareDemoServer({
        CIBA_LOGIN_STORAGE__URL: database.url,
        ...(count > 1 && {
          CIBA_LOGIN_SITE__PUBLIC_URL: siteUrl,
          CIBA_LOGIN_PROVIDER__PUBLIC_URL: providerUrl,
        }),
        ...(number > 0 && { CIBA_LOGIN_DEMO__DIRECTORY: servers[0].directory }),
      }));
      stops.push(() => servers[number].stop());
    }
    if (count > 1) {
      stops.push(await startNginx([
        [ports[0], servers.map((server) => server.siteUrl)],
        [ports[1], servers.map((server) => server.providerUrl)],
      ]));
    }
    for (const server of servers) await server.start();
    return {
      siteUrl: siteUrl ?? servers[0].siteUrl,
      providerUrl: providerUrl ?? servers[0].providerUrl,
      stop,
      pids: servers.map(({ pid }) => pid),
      demo: () => servers[0].demo(),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
