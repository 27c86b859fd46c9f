import type { Contender, Sample } from '../harness/contest.ts';
import type { Program } from '../harness/program.ts';
import type { Stage } from '../harness/stage.ts';
import { endOfBus, workOff } from './backlog.ts';
import { Probe } from './probe.ts';

export interface PeakOptions {
  /** Events of one measurement. */
  readonly events: number;
  readonly plainEvents: number;
  readonly plainConcurrency: number;
  readonly roundTripMs: number;
}

const WITHIN_MS = 600_000;
/** Part of a measurement's events that go ahead of it, so that compilers and caches are warm. */
const WARM_UP = 0.3;

async function roundTrip(stage: Stage, ms: number): Promise<void> {
  await stage.simulator.control('PATCH', '/pubsub/knobs', { roundTrip: ms });
}

/** Works off a backlog with workers that are running, until every sampled row is visible. */
export async function untilVisible(
  stage: Stage,
  events: number,
  workers: Readonly<Record<string, Program>>,
): Promise<Sample> {
  const probe = await Probe.open(stage.databaseUrl);
  try {
    const parts = Object.fromEntries(Object.entries(workers).map(([name, { pid }]) => [name, pid]));
    return await workOff(stage, events, parts, async ({ sample }) => {
      for (const event of sample) probe.expect(event);
      return async () => {
        await probe.untilSeen(WITHIN_MS);
        return probe.lastSeenAt;
      };
    });
  } finally {
    await probe.close();
  }
}

/** A worker as a user runs it. */
export function umbraStream(stage: Stage, { events, roundTripMs }: PeakOptions): Contender {
  return {
    name: 'umbra stream',
    async run() {
      await roundTrip(stage, roundTripMs);
      const worker = await stage.startWorker();
      try {
        await untilVisible(stage, Math.ceil(events * WARM_UP), { worker });
        return await untilVisible(stage, events, { worker });
      } finally {
        await worker.stop();
      }
    },
  };
}

/** One job per event, one Prisma upsert per job. */
export function plainDesign(stage: Stage, options: PeakOptions): Contender {
  const { plainConcurrency, plainEvents, roundTripMs } = options;
  return {
    name: `one job and one upsert per event, ${plainConcurrency} at once`,
    async run() {
      await roundTrip(stage, roundTripMs);
      const args = [String(plainConcurrency), await endOfBus(stage)];
      const consumer = stage.program('plain', ['tools/bench/src/plain/consumer.ts', ...args]);
      try {
        await consumer.printed(/"ready"/);
        const counter = new DoneCounter(consumer);
        const warmUp = await countedDrain(stage, Math.ceil(plainEvents * WARM_UP), consumer, counter);
        counter.expectAfter(warmUp.units);
        return await countedDrain(stage, plainEvents, consumer, counter);
      } finally {
        await consumer.stop();
      }
    },
  };
}

/** Follows the lines in which the plain consumer says how many jobs it has done. */
class DoneCounter {
  readonly #program: Program;
  #before = 0;

  constructor(program: Program) {
    this.#program = program;
  }

  expectAfter(done: number): void {
    this.#before += done;
  }

  /** @returns epoch milliseconds at which so many more jobs were done, to the last hundred */
  async until(jobs: number): Promise<number> {
    const target = Math.floor((this.#before + jobs) / 100) * 100;
    const [, at] = await this.#program.printed(new RegExp(`"done":${target},"at":(\\d+)`));
    return Number(at);
  }
}

function countedDrain(
  stage: Stage,
  events: number,
  consumer: Program,
  counter: DoneCounter,
): Promise<Sample> {
  return workOff(
    stage,
    events,
    { consumer: consumer.pid },
    async (backlog) => () => counter.until(backlog.events),
  );
}
