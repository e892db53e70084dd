// The built release on this same machine: first Lighthouse, which has a floor, then load, where runs
// are to be compared with each other and not with figures from elsewhere. The peers, npm's
// oidc-provider and a bare Axum with the same bytes, stand beside it, and every row's turn comes in
// every round. `node main.mjs load` leaves Lighthouse out.

import { execFileSync } from 'node:child_process';
import { cpus, release } from 'node:os';
import { get, openLink, startDemoServer } from '../demo-server.mjs';
import { startBare } from './bare.mjs';
import { lighthouse } from './lighthouse.mjs';
import { connections, load, median, seconds } from './load.mjs';
import { startPeer } from './peer.mjs';
import { startInstances } from './postgresql.mjs';
import { holdTo } from './share.mjs';
import { decisionPage, pendingRequests, wholeRequests } from './whole-request.mjs';

const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
/** Pending requests, and customers at a time. */
const pending = (process.env.BENCH_PENDING ?? '1000,10000,100000').split(',').map(Number);
const customers = [16, 64];

function residentMegabytes(pid) {
  const kibibytes = Number(execFileSync('ps', ['-o', 'rss=', '-p', pid], { encoding: 'utf8' }));
  return (kibibytes * 1024 / 1e6).toFixed(1);
}

/** The page on a slow phone; the benchmark fails where it falls short. */
async function slowPhone(link) {
  const { lines, shortfalls } = await lighthouse(link);
  console.log('Lighthouse, mobile, from the SMS link on');
  for (const line of lines) console.log(`  ${line}`);
  console.log('');
  if (shortfalls.length > 0) throw new Error(`Lighthouse:\n${shortfalls.join('\n')}`);
}

/** A poll as an agent makes it, for requests that nobody decides. */
const pollOf = (server, forms) => ({
  url: `${server.providerUrl}/oidc/token`, forms, isAnError: true, pid: server.pid,
});

const number = (value) => value.toLocaleString('en-GB', { maximumFractionDigits: value < 1_000 ? 1 : 0 });

function row(title, { perSecond, microseconds, median: middle, p99 }, peer) {
  const ratio = peer ? `${(peer.microseconds / microseconds).toFixed(2)} x` : '';
  const cells = [number(perSecond), `${number(microseconds)} µs`, middle, p99, ratio];
  console.log(title.padEnd(44) + cells.map((cell) => `${cell ?? ''}`.padStart(12)).join(''));
}

async function bench() {
  const server = await startDemoServer();
  const stops = [() => server.stop()];
  try {
    const { link, page: url, cookie } = await openLink(server.siteUrl);
    if (process.argv[2] !== 'load') await slowPhone(link);
    console.log(`${cpus().length} cores, ${cpus()[0].model}, Linux ${release()}, Node ${process.version}`);
    console.log(`start        ${server.startMilliseconds} ms until the site answers`);
    console.log(`memory       ${residentMegabytes(server.pid)} MB resident, idle`);

    const peer = await startPeer();
    stops.push(peer.stop);
    const page = { url, cookie, pid: server.pid };
    // Once more than it takes to be prepared.
    const bytes = async (coding) => {
      const headers = { Host: new URL(url).host, Cookie: cookie, 'Accept-Encoding': coding };
      for (let count = 0; count < 2; count += 1) await get(url, headers);
      return (await get(url, headers)).body;
    };
    const [gzip, plain] = [await bytes('gzip'), await bytes('identity')];
    console.log(`page         ${gzip.length} bytes as Chrome gets it, ${plain.length} before compression\n`);
    const bareGzip = await startBare(server.directory, gzip, 'gzip');
    const barePlain = await startBare(server.directory, plain, 'identity');
    stops.push(bareGzip.stop, barePlain.stop);
    const [one] = await pendingRequests(server, 1);

    const subjects = {
      'request page, as Chrome asks': { ...page, browser: true },
      'request page, plain': page,
      'decision page, as Chrome asks': { ...await decisionPage(server), browser: true, pid: server.pid },
      'GET /login (redirect)': { url: link, pid: server.pid },
      'pending poll': pollOf(server, [one]),
      'GET /healthz': { url: `${server.siteUrl}/healthz`, pid: server.pid },
      'bare Axum: the page, compressed': bareGzip.subject,
      'bare Axum: the page, plain': barePlain.subject,
      'oidc-provider: its login page': peer.page,
      'oidc-provider: start of a login': peer.start,
      'oidc-provider: pending poll': peer.poll,
    };
    const peers = {
      'request page, as Chrome asks': 'oidc-provider: its login page',
      'request page, plain': 'bare Axum: the page, plain',
      'decision page, as Chrome asks': 'request page, as Chrome asks',
      'GET /login (redirect)': 'oidc-provider: start of a login',
      'pending poll': 'oidc-provider: pending poll',
    };
    const runs = Object.fromEntries(Object.keys(subjects).map((title) => [title, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const [title, subject] of Object.entries(subjects)) {
        runs[title].push(load(typeof subject === 'function' ? await subject() : subject));
      }
    }
    const heads = ['per second', 'CPU each', 'median', 'p99', 'than peer'];
    console.log(`${connections} connections, ${seconds} s, median of ${rounds}`.padEnd(44)
      + heads.map((head) => head.padStart(12)).join(''));
    const medians = Object.fromEntries(Object.entries(runs).map(([title, all]) => [title, median(all)]));
    for (const [title, middle] of Object.entries(medians)) row(title, middle, medians[peers[title]]);
    console.log('');

    let forms = [];
    for (const count of pending) {
      forms = forms.concat(await pendingRequests(server, count - forms.length));
      row(`poll, ${number(count)} requests pending`, load(pollOf(server, forms)));
    }
    if (pending.length > 0) console.log(`memory       ${residentMegabytes(server.pid)} MB resident\n`);
    for (const count of customers) {
      const whole = await wholeRequests(server, { customers: count, seconds: 2 * seconds });
      row(`whole requests, ${count} customers`, {
        ...whole, median: `${whole.median}ms`, p99: `${whole.p99}ms`,
      });
    }
    console.log(`memory       ${residentMegabytes(server.pid)} MB resident, afterwards\n`);
    // Each by itself: two cores are few for a database and two servers.
    while (stops.length > 0) await stops.pop()();
    const most = Math.max(...customers);
    // Then held to a part of a core each: there neither the cores nor the database are the limit.
    for (const [count, part] of [[1], [2], [1, 0.25], [2, 0.25]]) {
      const instances = await startInstances(count);
      stops.push(instances.stop);
      const held = part && instances.pids.map((pid) => holdTo(pid, part));
      if (held?.includes(undefined)) {
        console.log('(no instance can be held to a part of a core: this account may make no control group)');
      } else {
        const whole = await wholeRequests(instances, { customers: most, seconds: 2 * seconds });
        const title = part ? `the same, on ${part} of a core` : `whole requests, ${most} customers, PostgreSQL`;
        row(`${title}, ${count} of us`, {
          ...whole, median: `${whole.median}ms`, p99: `${whole.p99}ms`,
        });
      }
      await stops.pop()();
      for (const group of held ?? []) group?.release();
    }
  } finally {
    for (const stop of stops) await stop();
  }
}

await bench().catch((error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
