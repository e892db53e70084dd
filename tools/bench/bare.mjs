// The floor: a bare Axum (examples/bare-axum.rs) that answers with the very bytes of a page.

import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { binary, cleanEnvironment, freePorts, get } from '../demo-server.mjs';

/** Serves `body` as it is, with this coding. */
export async function startBare(folder, body, coding) {
  const [port] = await freePorts(1);
  const file = path.join(folder, `page.${coding}`);
  await writeFile(file, body);
  const program = path.join(path.dirname(binary), 'examples/bare-axum');
  const child = spawn(program, [port, file, coding], { stdio: 'ignore', env: cleanEnvironment });
  const url = `http://localhost:${port}/`;
  for (let tries = 0; ; tries += 1) {
    if (await get(url).then(() => true, () => false)) break;
    if (tries > 200) throw new Error(`${program} does not answer: 'make bench' builds it`);
    await pause(10);
  }
  return { subject: { url, browser: true, pid: child.pid }, stop: () => child.kill('SIGKILL') };
}
