// The table of what the accessibility checkers have found: state by theme and size, summed over the
// languages. A run of the browser tests prints it; `npm run accessibility-table` writes it into
// docs/accessibility.md.

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const results = path.join(root, 'target/accessibility');

/** What the runs since then have found, one for each language. */
export function read(since = 0) {
  if (!existsSync(results)) return [];
  return readdirSync(results).sort()
    .map((file) => path.join(results, file))
    .filter((file) => statSync(file).mtimeMs >= since)
    .map((file) => JSON.parse(readFileSync(file, 'utf8')));
}

export function table(runs) {
  const states = [...new Set(runs.flatMap((run) => Object.keys(run.states)))].sort();
  const columns = Object.keys(runs[0].states[states[0]]);
  const mark = (state, column) => {
    const counts = runs.map((run) => run.states[state]?.[column]);
    if (counts.some((count) => count === undefined)) return 'not checked';
    const sum = counts.reduce((total, count) => total + count, 0);
    return sum === 0 ? '0' : `**${sum}**`;
  };
  const row = (cells) => `| ${cells.join(' | ')} |`;
  const rows = [
    row(['state', ...columns]),
    row(['---', ...columns.map(() => '---:')]),
    ...states.map((state) => row([state, ...columns.map((column) => mark(state, column))])),
  ];
  return { rows: rows.join('\n'), cells: runs.length * states.length * columns.length };
}

function write() {
  const runs = read();
  const languages = runs.map((run) => run.language);
  const { rows, cells } = table(runs);
  writeFileSync(path.join(root, 'docs/accessibility.md'), `# What the accessibility checkers find

The goal is WCAG 2.2 AA. Every page is rendered in every state and language and shown to two checkers
that know nothing of each other, axe and HTML_CodeSniffer, in each theme and size: ${cells} cells. A
cell counts the findings of both and whether the page is wider than the screen. Each number is the sum
over ${languages.length} languages: ${languages.join(', ')}.

\`make test\` runs the checks, prints the table and fails on any finding, and where the states below are
not those that there are; \`npm run accessibility-table\` in \`end2end\` writes the table anew. "phone" is
390 px wide, "200 %" is the phone with text twice as large.

Beside the checkers, tests measure that every target is 48 px high, that text with the spacing of WCAG
1.4.12 fits, and that the main story can be walked with Tab and Enter alone; the tree that a screen
reader gets of each page is compared with the one that was looked at.

Machines find a part of what there is to find. The order of reading and a screen reader over the main
story are for a person to try.

${rows}
`);
  console.log(`${cells} cells in docs/accessibility.md`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) write();
