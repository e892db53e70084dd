// The last line of a run, alone: "12 passed, 0 failed". People and CI read the count there. Before it,
// what the accessibility checkers have found in this run.

import { read, table } from './accessibility-table.mjs';

export default class ClosingLine {
  #suite;
  #errors = 0;
  #began = Date.now();
  #status;

  onBegin(_config, suite) {
    this.#suite = suite;
  }

  // Something outside of any test, such as a file that does not compile.
  onError() {
    this.#errors += 1;
  }

  onEnd(result) {
    this.#status = result.status;
  }

  // After the other reporters' summaries.
  async onExit() {
    const outcomes = (this.#suite?.allTests() ?? []).map((test) => test.outcome());
    const count = (...wanted) => outcomes.filter((outcome) => wanted.includes(outcome)).length;
    const passed = count('expected', 'flaky');
    const skipped = count('skipped');
    let failed = count('unexpected') + this.#errors;
    // A run that was cut short has failed, whatever its tests said until then.
    if (failed === 0 && this.#status !== 'passed') failed = 1;
    const found = read(this.#began);
    if (found.length > 0) console.log(`\n${table(found).rows}`);
    console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
  }

  printsToStdio() {
    return true;
  }
}
