import { contest, type Contender, type Sample } from '../harness/contest.ts';
import { databaseVersion, packageVersion } from '../harness/machine.ts';
import { writeReport } from '../harness/report.ts';
import { openStage, type Stage, type StageOptions } from '../harness/stage.ts';
import { untilVisible } from '../stream/contenders.ts';
import { LockWatch } from './lock-watch.ts';

export interface FleetBenchmark extends StageOptions {
  readonly rounds: number;
  readonly events: number;
  readonly roundTripMs: number;
}

const SIZES = [1, 2, 4] as const;
const WARM_UP = 0.3;

/**
 * The same backlog worked off by one, two and four workers. On one machine they share its processors, so the question
 * is not how much faster they are, but what each further worker costs: processor time, locks waited for, and calls.
 */
export async function benchFleet(options: FleetBenchmark, say: (line: string) => void): Promise<string> {
  const startedAt = new Date().toISOString();
  const stage = await openStage(options);
  try {
    await stage.simulator.control('PATCH', '/knobs', { statesKept: 1 });
    say('backfill');
    await stage.program('backfill', ['dist/bff/salesforce-backfill-shadow.js', '--json']).succeeded();
    await stage.simulator.control('PATCH', '/pubsub/knobs', { roundTrip: options.roundTripMs });
    const outcomes = await contest(
      SIZES.map((size) => fleet(stage, size, options.events)),
      options.rounds,
      (name, round, { seconds, units }) =>
        say(`round ${round + 1}: ${name}: ${Math.round(units / seconds)} events/s`),
    );
    return writeReport(options.out, {
      benchmark: 'fleet',
      unit: 'events',
      startedAt,
      settings: { scale: options.scale, seed: options.seed, rounds: options.rounds, events: options.events },
      versions: { PostgreSQL: await databaseVersion(stage.client), ...packageVersion('bullmq', 'pg') },
      outcomes,
    });
  } finally {
    await stage.close();
  }
}

function fleet(stage: Stage, size: number, events: number): Contender {
  return {
    name: size === 1 ? '1 worker' : `${size} workers`,
    async run() {
      const names = Array.from({ length: size }, (_, at) => (size === 1 ? 'worker' : `worker ${at + 1}`));
      const workers = Object.fromEntries(
        await Promise.all(names.map(async (name) => [name, await stage.startWorker(name)] as const)),
      );
      try {
        await untilVisible(stage, Math.ceil(events * WARM_UP), workers);
        const before = await counted(stage);
        const locks = await LockWatch.start(stage.databaseUrl);
        const sample = await untilVisible(stage, events, workers);
        return withFigures(sample, await locks.stop(), before, await counted(stage));
      } finally {
        await Promise.all(Object.values(workers).map((worker) => worker.stop()));
      }
    },
  };
}

/** Totals of the servers so far. */
interface Counted {
  readonly transactions: number;
  readonly redisCommands: number;
  readonly salesforceCalls: number;
}

async function counted(stage: Stage): Promise<Counted> {
  // Numbers of transactions that write are exact at once; what sessions report of themselves is seconds behind.
  const { rows } = await stage.client.query<{ n: string }>(
    'select pg_snapshot_xmax(pg_current_snapshot())::text as n',
  );
  const stats = await stage.redis.info('stats');
  const { dailyUsed } = await stage.simulator.control<{ dailyUsed: number }>('GET', '/counters');
  return {
    transactions: Number(rows[0]?.n ?? 0),
    redisCommands: Number(/total_commands_processed:(\d+)/.exec(stats)?.[1] ?? 0),
    salesforceCalls: dailyUsed,
  };
}

function withFigures(sample: Sample, lockSeconds: number, before: Counted, after: Counted): Sample {
  const thousands = sample.units / 1_000;
  const per = (key: keyof Counted): number => (after[key] - before[key]) / thousands;
  const cpu = Object.entries(sample.usage ?? {}).filter(([part]) => part !== 'simulator');
  return {
    ...sample,
    figures: {
      'processor seconds per 1,000 events, all parts but the org':
        cpu.reduce((sum, [, { cpuSeconds }]) => sum + cpuSeconds, 0) / thousands,
      'seconds spent waiting for locks per 1,000 events': lockSeconds / thousands,
      'transactions that write, per 1,000 events': per('transactions'),
      'Redis commands per 1,000 events': per('redisCommands'),
      'Salesforce calls per 1,000 events': per('salesforceCalls'),
    },
  };
}
