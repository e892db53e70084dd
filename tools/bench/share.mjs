// Holding a process to a part of one core, by Linux's control groups.

import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Microseconds after which a process may go on that had its share: short, so that no request waits long. */
const PERIOD = 10_000;

/** Where a group's share is written, of either version. */
const KINDS = [
  ['/sys/fs/cgroup', (quota) => [['cpu.max', `${quota} ${PERIOD}`]]],
  ['/sys/fs/cgroup/cpu', (quota) => [['cpu.cfs_period_us', PERIOD], ['cpu.cfs_quota_us', quota]]],
];

/** Holds the process to this part of a core until it ends; `undefined` where this account may not. */
export function holdTo(pid, part) {
  for (const [root, limits] of KINDS) {
    const group = path.join(root, `ciba-login-bench-${pid}`);
    try {
      mkdirSync(group);
      for (const [name, value] of limits(Math.round(PERIOD * part))) {
        writeFileSync(path.join(group, name), `${value}`, { flag: 'r+' });
      }
      writeFileSync(path.join(group, 'cgroup.procs'), `${pid}`, { flag: 'r+' });
      return { release: () => rmdirSync(group) };
    } catch {
      try { rmdirSync(group); } catch { /* It was not made. */ }
    }
  }
  return undefined;
}
