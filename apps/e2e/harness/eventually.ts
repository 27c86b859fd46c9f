import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks again and again until the answer is good, and fails with the last reason at the deadline. For what another
 * process does in its own time; nothing waits longer than it has to.
 */
export async function eventually<T>(what: string, deadlineMs: number, ask: () => Promise<T>): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > end) {
        throw new Error(`${what}: not within ${deadlineMs / 1000} s: ${String(error)}`, { cause: error });
      }
      await pause(50);
    }
  }
}
