import { setTimeout as pause } from 'node:timers/promises';
import { StackFailure } from './failure.ts';

/**
 * Tries until it works: readiness is a connection that was accepted, not time that has passed.
 * @param attempt throws while the other side is not ready
 * @param options.failed a reason to give up early, typically "the process has ended"
 * @throws StackFailure 69 with the last refusal when `withinMs` is over
 */
export async function untilReady<T>(
  what: string,
  attempt: () => Promise<T>,
  options: {
    readonly withinMs: number;
    readonly failed?: () => string | undefined;
    /** A refusal that repeating cannot heal, such as a wrong password. */
    readonly hopeless?: (error: unknown) => boolean;
  },
): Promise<T> {
  const deadline = Date.now() + options.withinMs;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof StackFailure) throw error;
      const reason = options.failed?.();
      if (reason !== undefined) throw new StackFailure(`${what} did not start: ${reason}`, undefined, error);
      const last = error instanceof Error ? error.message || error.name : String(error);
      if (options.hopeless?.(error) === true) throw new StackFailure(`${what}: ${last}`, undefined, error);
      if (Date.now() > deadline) {
        throw new StackFailure(
          `${what} was not ready after ${options.withinMs / 1000} s: ${last}`,
          undefined,
          error,
        );
      }
      await pause(40);
    }
  }
}
