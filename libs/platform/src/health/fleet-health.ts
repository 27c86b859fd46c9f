import { randomUUID } from 'node:crypto';
import type { Clock, FleetBoard, Log } from '@umbra/domain';
import { z } from 'zod';
import { repeat } from '../lifecycle/repeat.ts';
import type { Shutdown } from '../lifecycle/shutdown.ts';

const count = z.int().nonnegative();
const routeSums = z.record(z.string(), z.object({ success: count, failure: count }));
const note = z.object({ pending: count, running: count, routes: routeSums });

export const fleetSchema = z.object({
  processes: count.meta({ description: 'Processes that told of themselves lately.' }),
  pending: count,
  running: count,
  routes: routeSums.meta({ description: 'Calls of each route since its process started.' }),
});
export type FleetSums = z.infer<typeof fleetSchema>;

/** Longer than two posts: a process that misses one is not gone. */
const LIFE_SECONDS = 20;
const POST_EVERY_MS = 5_000;

export interface FleetHealthOptions {
  readonly board: FleetBoard;
  /** Unique per process. */
  readonly process: string;
  readonly salesforce: { snapshot(): z.input<typeof note> };
}

/** Lets each process tell of its request queue, and any of them answer for all. */
export class FleetHealth {
  readonly #options: FleetHealthOptions;

  constructor(options: FleetHealthOptions) {
    this.#options = options;
  }

  /** Called every few seconds. @throws UmbraError QUEUE_UNAVAILABLE */
  async post(): Promise<void> {
    const { board, process, salesforce } = this.#options;
    // Counts only: what the schema does not name stays here.
    await board.post(process, JSON.stringify(note.parse(salesforce.snapshot())), LIFE_SECONDS);
  }

  /** @throws UmbraError QUEUE_UNAVAILABLE */
  async sums(): Promise<FleetSums> {
    const sums: FleetSums = { processes: 0, pending: 0, running: 0, routes: {} };
    for (const text of (await this.#options.board.read()).values()) {
      const told = read(text);
      if (told === undefined) continue;
      sums.processes++;
      sums.pending += told.pending;
      sums.running += told.running;
      for (const [route, { failure, success }] of Object.entries(told.routes)) {
        const known = (sums.routes[route] ??= { success: 0, failure: 0 });
        known.success += success;
        known.failure += failure;
      }
    }
    return sums;
  }
}

/** Tells of this process until it stops. */
export function startFleetHealth(
  options: Omit<FleetHealthOptions, 'process'> & {
    readonly clock: Clock;
    readonly log: Log;
    readonly shutdown: Shutdown;
  },
): FleetHealth {
  const { clock, log, shutdown } = options;
  const health = new FleetHealth({ ...options, process: randomUUID() });
  const posts = repeat({ name: 'fleet', everyMs: POST_EVERY_MS, clock, log, run: () => health.post() });
  shutdown.onStop('fleet', () => posts.stop());
  return health;
}

/** undefined for what another release wrote. */
function read(text: string): z.infer<typeof note> | undefined {
  try {
    return note.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
