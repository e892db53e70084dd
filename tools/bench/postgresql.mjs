// Instances on a PostgreSQL of the benchmark's own, whose commits are on the disk before they are
// answered, as SQLite's are.

import { execFileSync, spawn } from 'node:child_process';
import { chownSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
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

/** Gives each connection to another one of these addresses. */
function share(port, addresses) {
  let turn = 0;
  const sockets = new Set();
  const server = net.createServer((client) => {
    const { port: target } = new URL(addresses[turn]);
    turn = (turn + 1) % addresses.length;
    const upstream = net.connect(target, '127.0.0.1');
    for (const [from, to] of [[client, upstream], [upstream, client]]) {
      sockets.add(from);
      from.setNoDelay();
      from.on('error', () => to.destroy());
      from.on('close', () => sockets.delete(from));
      from.pipe(to);
    }
  });
  server.listen(port, '127.0.0.1');
  return () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
}

/** So many instances behind one address, on a new database. */
export async function startInstances(count) {
  const stops = [];
  const stop = async () => {
    for (const end of stops.splice(0).reverse()) await end();
  };
  try {
    const database = await startDatabase();
    stops.push(database.stop);
    const [site, provider] = await freePorts(2);
    const siteUrl = `http://localhost:${site}`;
    const providerUrl = `http://localhost:${provider}`;
    const servers = [];
    for (let number = 0; number < count; number += 1) {
      servers.push(await prepareDemoServer({
        CIBA_LOGIN_STORAGE__URL: database.url,
        CIBA_LOGIN_SITE__PUBLIC_URL: siteUrl,
        CIBA_LOGIN_PROVIDER__PUBLIC_URL: providerUrl,
        ...(number > 0 && { CIBA_LOGIN_DEMO__DIRECTORY: servers[0].directory }),
      }));
      stops.push(() => servers[number].stop());
    }
    stops.push(
      share(site, servers.map((server) => server.siteUrl)),
      share(provider, servers.map((server) => server.providerUrl)),
    );
    for (const server of servers) await server.start();
    return {
      siteUrl, providerUrl, stop,
      pids: servers.map(({ pid }) => pid),
      demo: () => servers[0].demo(),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
