// Waits for conditions; nothing here sleeps for a fixed time and hopes.

import { setTimeout as pause } from 'node:timers/promises';

/** Asks again and again until there is an answer, and fails with `what` when there is none in time. */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer | undefined> | Answer | undefined,
  timeout = 15_000,
): Promise<Answer> {
  const deadline = performance.now() + timeout;
  while (true) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`waited ${timeout / 1000} s for ${what}`);
    await pause(40);
  }
}
