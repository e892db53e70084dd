// Writes docs/accessibility.md from what the last run of the browser tests has checked.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const results = path.join(root, 'target/accessibility');
const runs = readdirSync(results).sort()
  .map((file) => JSON.parse(readFileSync(path.join(results, file), 'utf8')));
const languages = runs.map((run) => run.language);
const states = [...new Set(runs.flatMap((run) => Object.keys(run.states)))].sort();
const findings = (run, state, cell) => run.states[state]?.[cell];
const columns = Object.keys(runs[0].states[states[0]]);

const mark = (state, column) => {
  const counts = runs.map((run) => findings(run, state, column));
  if (counts.some((count) => count === undefined)) return 'not checked';
  const sum = counts.reduce((total, count) => total + count, 0);
  return sum === 0 ? '0' : `**${sum}**`;
};
const row = (cells) => `| ${cells.join(' | ')} |`;
const total = runs.length * states.length * columns.length;

writeFileSync(path.join(root, 'docs/accessibility.md'), `# What the accessibility checkers find

The goal is WCAG 2.2 AA. Every page is rendered in every state and language and shown to two checkers
that know nothing of each other, axe and HTML_CodeSniffer, in each theme and size: ${total} cells. A
cell counts the findings of both and whether the page is wider than the screen. Each number is the sum
over ${languages.length} languages: ${languages.join(', ')}.

\`make test\` runs the checks and fails on any finding; \`npm run accessibility-table\` in \`end2end\`
writes this table anew. "phone" is 390 px wide, "200 %" is the phone with text twice as large.

Machines find a part of what there is to find. The order of reading, the keyboard alone, and a screen
reader over the main story are for a person to try.

${row(['state', ...columns])}
${row(['---', ...columns.map(() => '---:')])}
${states.map((state) => row([state, ...columns.map((column) => mark(state, column))])).join('\n')}
`);
console.log(`${total} cells in docs/accessibility.md`);
