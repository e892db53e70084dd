// The profile by which a release is laid out (docs/decisions/0033-a-release-is-laid-out-by-use.md).
//
//   node tools/profile.mjs flags    the compiler's flags for a build with the profile
//   node tools/profile.mjs check    says so where the built release was hardly laid out by it
//   node tools/profile.mjs record   makes the profile anew; `make profile` calls it
//
// What is recorded is a day of a release that counts what it runs: each page and poll as the benchmark
// asks for them, whole requests on both databases, starts, and the stories of the browser tests.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { load } from './bench/load.mjs';
import { startInstances } from './bench/postgresql.mjs';
import { decisionPage, pendingRequests, wholeRequests } from './bench/whole-request.mjs';
import { binary, openLink, root, startDemoServer } from './demo-server.mjs';

const packed = path.join(root, 'tools/release.profdata.br');
const folder = path.join(root, 'target/profile');
/** Not what looks at pages from all sides: those are no day's work. */
const stories = ['code', 'desk', 'keycloak', 'links', 'mail', 'one-decision', 'passkey', 'postgresql',
  'provider', 'social', 'story', 'walk'];
const starts = 30;

/** Where the profile holds. */
const machine = 'x86_64-unknown-linux-gnu';
/** What a release has at least that the profile fits; it is 3.4 MB where it fits to the letter. */
const leastHotBytes = 2_000_000;

const output = (command, args) => execFileSync(command, args, { encoding: 'utf8' }).trim();

function flags() {
  // Cargo splits flags at spaces, and a release without a profile is a release.
  if (/\s/.test(root)) return '';
  const bytes = readFileSync(packed);
  // Cargo sees by the name alone that it is another profile.
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const profile = path.join(folder, `${digest}.profdata`);
  if (!existsSync(profile)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${profile}.new`, brotliDecompressSync(bytes));
    renameSync(`${profile}.new`, profile);
  }
  return [
    `-Cprofile-use=${profile}`,
    // A function that was changed since is compiled without its counts.
    '-Cllvm-args=-no-pgo-warn-mismatch',
    // What nobody runs lies by itself, and is not read from the disk.
    '-Clink-arg=-Wl,-z,keep-text-section-prefix',
  ].join(' ');
}

/** The bytes of code that the compiler took for much used, by the section headers of an ELF file. */
function hotBytes(file) {
  const elf = readFileSync(file);
  const [start, size, count, names] =
    [Number(elf.readBigUInt64LE(0x28)), elf.readUInt16LE(0x3a), elf.readUInt16LE(0x3c), elf.readUInt16LE(0x3e)];
  const sections = Array.from({ length: count }, (_, number) => elf.subarray(start + number * size));
  const number64 = (section, at) => Number(section.readBigUInt64LE(at));
  const name = (section) => {
    const begin = number64(sections[names], 0x18) + section.readUInt32LE(0);
    return elf.toString('latin1', begin, elf.indexOf(0, begin));
  };
  const hot = sections.find((section) => name(section) === '.text.hot');
  return hot ? number64(hot, 0x20) : 0;
}

function check() {
  if (output('rustc', ['--print', 'host-tuple']) !== machine || hotBytes(binary) > leastHotBytes) return;
  console.log('profile: the compiler or a part has changed since this release\'s profile was made; it works as');
  console.log('profile: well, and is slower. `make profile` makes a new one');
}

async function playLoad() {
  const server = await startDemoServer();
  try {
    const { pid } = server;
    const { link, page: url, cookie } = await openLink(server.siteUrl);
    const forms = await pendingRequests(server, 100);
    load({ url, cookie, pid, browser: true });
    load({ url, cookie, pid });
    load({ ...await decisionPage(server), pid, browser: true });
    load({ url: link, pid });
    load({ url: `${server.providerUrl}/oidc/token`, forms, isAnError: true, pid });
    load({ url: `${server.siteUrl}/healthz`, pid });
    for (const customers of [16, 64]) await wholeRequests(server, { customers, seconds: 8 });
  } finally {
    await server.stop();
  }
}

async function playPostgresql() {
  const instance = await startInstances(1);
  try {
    await wholeRequests(instance, { customers: 64, seconds: 8 });
  } finally {
    await instance.stop();
  }
}

async function playStarts() {
  for (let count = 0; count < starts; count += 1) {
    const server = await startDemoServer();
    await server.end();
    await server.start();
    await server.stop();
  }
}

function playStories() {
  const files = stories.map((name) => `/${name}.spec`);
  execFileSync('npx', ['playwright', 'test', ...files], { cwd: path.join(root, 'end2end'), stdio: 'inherit' });
}

/** The compiler's own tool: that of another LLVM may not read what was counted. */
function profdata() {
  const host = output('rustc', ['--print', 'host-tuple']);
  return path.join(output('rustc', ['--print', 'sysroot']), 'lib/rustlib', host, 'bin/llvm-profdata');
}

async function record() {
  // What the Makefile lets the program write as it ends.
  const counts = path.dirname(process.env.LLVM_PROFILE_FILE);
  rmSync(counts, { recursive: true, force: true });
  await playLoad();
  await playPostgresql();
  await playStarts();
  playStories();
  const merged = path.join(folder, 'merged.profdata');
  execFileSync(profdata(), ['merge', '--output', merged, counts], { stdio: 'inherit' });
  const bytes = readFileSync(merged);
  writeFileSync(packed, brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  }));
}

const commands = { flags: () => console.log(flags()), check, record };
const command = commands[process.argv[2]];
if (!command) {
  console.error("profile: say 'flags', 'check' or 'record'");
  process.exit(2);
}
await command();
