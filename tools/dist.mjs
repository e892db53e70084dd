// Packs what `make build` has made into one archive: the program, its files, contrib/, licences and a
// list of its parts (CycloneDX). The same build of the same commit gives the same bytes.
//
//   node tools/dist.mjs [--binary FILE] [--site FOLDER] [--out FOLDER]

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const { values: options } = parseArgs({
  options: {
    binary: { type: 'string', default: 'target/release/ciba-login' },
    site: { type: 'string', default: 'target/site' },
    out: { type: 'string', default: 'target/dist' },
  },
});
const run = (program, ...args) =>
  execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28 });

const host = run('rustc', '--print', 'host-tuple').trim();

/** What is compiled into the program, or into what it serves: no tools, no tests. */
function partsOf(triple, names) {
  const metadata = JSON.parse(
    run('cargo', 'metadata', '--format-version=1', '--locked', `--filter-platform=${triple}`),
  );
  const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]));
  const packages = new Map(metadata.packages.map((part) => [part.id, part]));
  const found = new Map();
  const visit = (id) => {
    if (found.has(id)) return;
    found.set(id, packages.get(id));
    for (const { pkg, dep_kinds: kinds } of nodes.get(id).deps) {
      if (kinds.some(({ kind }) => kind === null)) visit(pkg);
    }
  };
  metadata.packages.filter((part) => names.includes(part.name) && !part.source)
    .forEach((part) => visit(part.id));
  return [...found.values()];
}

const all = new Map();
for (const part of [...partsOf(host, ['ciba-login']), ...partsOf('wasm32-unknown-unknown', ['front'])]) {
  all.set(`${part.name} ${part.version}`, part);
}
const own = [...all.values()].find((part) => part.name === 'ciba-login');
const parts = [...all.values()]
  .filter((part) => part.source)
  .sort((a, b) => (a.name + a.version < b.name + b.version ? -1 : 1));

const checksums = new Map(
  [...readFileSync('Cargo.lock', 'utf8').matchAll(
    /name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(.+)"/g,
  )].map(([, name, version, sum]) => [`${name} ${version}`, sum]),
);

const bom = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  metadata: {
    component: {
      type: 'application',
      'bom-ref': `pkg:cargo/${own.name}@${own.version}`,
      name: own.name,
      version: own.version,
      licenses: [{ expression: own.license }],
    },
  },
  components: parts.map((part) => ({
    type: 'library',
    'bom-ref': `pkg:cargo/${part.name}@${part.version}`,
    name: part.name,
    version: part.version,
    purl: `pkg:cargo/${part.name}@${part.version}`,
    // Older manifests separate alternatives by a slash, which is no SPDX.
    licenses: [{ expression: part.license.replaceAll(/\s*\/\s*/g, ' OR ') }],
    hashes: [{ alg: 'SHA-256', content: checksums.get(`${part.name} ${part.version}`) }],
  })),
};

/** The texts of all licences, each once, with the parts that are under it. */
function licenceTexts() {
  const texts = new Map();
  for (const part of parts) {
    const folder = path.dirname(part.manifest_path);
    const files = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice|unlicense)/i.test(name));
    for (const name of files.sort()) {
      let text;
      try {
        text = readFileSync(path.join(folder, name), 'utf8').replaceAll('\r\n', '\n').trim();
      } catch (error) {
        // A folder of that name.
        if (error.code === 'EISDIR') continue;
        throw error;
      }
      texts.set(text, [...(texts.get(text) ?? []), `${part.name} ${part.version}`]);
    }
  }
  const line = '-'.repeat(78);
  return [...texts].map(([text, names]) =>
    `${line}\n${[...new Set(names)].join(', ')}\n${line}\n\n${text}\n`).join('\n');
}

const name = `ciba-login-${own.version}-${host}`;
const stage = path.join(options.out, name);
rmSync(stage, { recursive: true, force: true });
mkdirSync(path.join(stage, 'target'), { recursive: true });
cpSync(options.binary, path.join(stage, 'ciba-login'));
chmodSync(path.join(stage, 'ciba-login'), 0o755);
cpSync(options.site, path.join(stage, 'target/site'), { recursive: true });
// What is in the repository, and nothing that lies beside it: compose.yml has its secrets there.
const tracked = run('git', 'ls-files', '-z', 'contrib', 'docs', 'LICENSE', 'README.md', 'CHANGELOG.md');
for (const file of tracked.split('\0').filter(Boolean)) {
  cpSync(file, path.join(stage, file));
}
writeFileSync(path.join(stage, 'LICENSES-OF-PARTS.txt'), licenceTexts());
writeFileSync(path.join(stage, 'parts.cdx.json'), `${JSON.stringify(bom, null, 1)}\n`);

// Without names, times and an order of this machine's.
const time = process.env.SOURCE_DATE_EPOCH ?? run('git', 'log', '-1', '--format=%ct').trim();
const archive = path.join(options.out, `${name}.tar.gz`);
run(
  'sh', '-c',
  'tar -c --sort=name --format=ustar --owner=0 --group=0 --numeric-owner --mode=u+rwX,go+rX,go-w '
    + '--mtime="@$1" -C "$2" "$3" | gzip -n -9 > "$4"',
  'sh', time, options.out, name, archive,
);
rmSync(stage, { recursive: true });
const sum = createHash('sha256').update(readFileSync(archive)).digest('hex');
writeFileSync(`${archive}.sha256`, `${sum}  ${path.basename(archive)}\n`);
console.log(`${archive}\n${parts.length} parts, SHA-256 ${sum}`);
