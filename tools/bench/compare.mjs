// Two builds, or one build under two environments, in turn on the same machine: whole requests, their CPU
// each, and memory. What hardly moves on a busy machine is the CPU; read the ratio.
//
//     node tools/bench/compare.mjs base=/path/to/ciba-login new=target/release/ciba-login [NAME=VALUE,PROGRAM]…
//
// COMPARE_ROUNDS, COMPARE_CUSTOMERS and BENCH_SECONDS shorten or lengthen it.

import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DemoServer, freePorts } from '../demo-server.mjs';
import { seconds } from './load.mjs';
import { enrolled, wholeRequests } from './whole-request.mjs';

const rounds = Number(process.env.COMPARE_ROUNDS ?? 5);
const customers = Number(process.env.COMPARE_CUSTOMERS ?? 64);

/** Megabytes of a process: what is resident, and how much of that is its own and no file's. */
function memory(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const of = (name) => Number(rollup.match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))[1]) * 1024 / 1e6;
  return `${of('Rss').toFixed(1)} MB resident, ${of('Anonymous').toFixed(1)} MB anonymous`;
}

/** A build by its name: `name=program`, or `name=VARIABLE=VALUE,program`. */
async function started(argument) {
  const [name, rest] = argument.split(/=(.*)/s);
  const parts = rest.split(',');
  const program = path.resolve(parts.pop());
  const environment = Object.fromEntries(parts.map((part) => part.split(/=(.*)/s).slice(0, 2)));
  const directory = await mkdtemp(path.join(tmpdir(), 'ciba-login-'));
  const server = new DemoServer(directory, await freePorts(3), environment, program);
  await server.start();
  const idle = memory(server.pid);
  return { name, server, idle, people: await enrolled(server, customers), runs: [] };
}

const builds = [];
try {
  for (const argument of process.argv.slice(2)) builds.push(await started(argument));
  for (let round = 0; round < rounds; round += 1) {
    for (const { server, people, runs } of builds) runs.push(await wholeRequests(server, { people, seconds }));
  }
  for (const { name, server, idle, runs } of builds) {
    const each = runs.map((run) => run.microseconds).sort((a, b) => a - b);
    const middle = each[Math.floor(each.length / 2)];
    console.log(`${name.padEnd(12)} ${(middle / 1000).toFixed(2)} ms of CPU each (${each.map((one) => (one / 1000).toFixed(2)).join(' ')})`);
    console.log(`${''.padEnd(12)} ${runs.map((run) => run.perSecond.toFixed(0)).join(' ')} a second, p99 ${runs.map((run) => run.p99).join(' ')} ms`);
    console.log(`${''.padEnd(12)} idle ${idle}; after it ${memory(server.pid)}`);
  }
} finally {
  for (const { server } of builds) await server.stop();
}
