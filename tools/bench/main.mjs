// The built release on this same machine: first Lighthouse, which has a floor, then load, where runs
// are to be compared with each other and not with figures from elsewhere. Last a peer under the same
// load.

import { execFileSync } from 'node:child_process';
import { openLink, startDemoServer } from '../demo-server.mjs';
import { lighthouse } from './lighthouse.mjs';
import { connections, load, seconds } from './load.mjs';
import { withPeer } from './peer.mjs';
import { wholeRequests } from './whole-request.mjs';

const customers = 16;

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

/** A request that nobody decides, as its agent polls for it. */
async function pendingPoll(server) {
  const { client_id, client_secret, users } = await server.demo();
  const client = { client_id, client_secret };
  const answer = await fetch(`${server.providerUrl.replace('localhost', '127.0.0.1')}/oidc/backchannel`, {
    method: 'POST',
    headers: { Host: new URL(server.providerUrl).host },
    body: new URLSearchParams({
      ...client, scope: 'openid', login_hint: users[0].user_id,
      request_context: JSON.stringify({ channel: 'link', login_hint_type: 'user_id' }),
    }),
  });
  const { auth_req_id } = await answer.json();
  return {
    url: `${server.providerUrl}/oidc/token`,
    form: { ...client, auth_req_id, grant_type: 'urn:openid:params:grant-type:ciba' },
    isAnError: true,
  };
}

function row(title, { perSecond, median, p99 }) {
  const figure = perSecond.toLocaleString('en-GB', { maximumFractionDigits: perSecond < 1_000 ? 1 : 0 });
  console.log(title.padEnd(34) + [figure, median, p99].map((cell) => `${cell}`.padStart(12)).join(''));
}

async function bench() {
  const server = await startDemoServer();
  try {
    const { link, page, cookie } = await openLink(server.siteUrl);
    await slowPhone(link);
    console.log(`start        ${server.startMilliseconds} ms until the site answers`);
    console.log(`memory       ${residentMegabytes(server.pid)} MB resident, idle\n`);

    row(`${connections} connections, ${seconds} s`, { perSecond: 'per second', median: 'median', p99: 'p99' });
    row('GET /healthz', load({ url: `${server.siteUrl}/healthz` }));
    row('GET /login (redirect)', load({ url: link }));
    row('GET /request/… (page)', load({ url: page, cookie }));
    row('POST /oidc/token (pending poll)', load(await pendingPoll(server)));

    const whole = await wholeRequests(server, { customers, seconds });
    row(`whole requests, ${customers} customers`, {
      ...whole, median: `${whole.median}ms`, p99: `${whole.p99}ms`,
    });
    console.log(`\nmemory       ${residentMegabytes(server.pid)} MB resident, afterwards\n`);
  } finally {
    await server.stop();
  }
  await withPeer((peer) => {
    row('oidc-provider: its login page', load(peer.page));
    row('oidc-provider: pending poll', load(peer.poll));
  });
}

await bench().catch((error) => {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
});
