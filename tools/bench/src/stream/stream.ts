import { contest, rateOf, ratioOf, type Outcome } from '../harness/contest.ts';
import { databaseVersion, packageVersion } from '../harness/machine.ts';
import { writeReport, type Goal } from '../harness/report.ts';
import { openStage, type StageOptions } from '../harness/stage.ts';
import { generatePlainClient } from '../plain/plain-client.ts';
import { createPlainTables, fillPlainTables } from '../plain/plain-tables.ts';
import { plainDesign, umbraStream, type PeakOptions } from './contenders.ts';
import { describeSteady } from './steady-section.ts';
import { runSteady, startLoad, untilLoadEnds, type SteadyOptions, type SteadyResult } from './steady.ts';

export interface StreamBenchmark extends StageOptions {
  readonly rounds: number;
  readonly steady: SteadyOptions;
  readonly peak: PeakOptions;
}

/** Salesforce counts more outstanding events than this as this. Source: Pub/Sub API guide, "Allocations". */
const MAX_OUTSTANDING = 100;

/**
 * Changes of a whole org, streamed over three topics by the worker as a user runs it. First at a steady rate, with the
 * time from commit to visible taken by a probe that shares nothing with the worker; then as fast as it goes, beside
 * the plain design in the same run.
 */
export async function benchStream(options: StreamBenchmark, say: (line: string) => void): Promise<string> {
  const startedAt = new Date().toISOString();
  await generatePlainClient();
  say(`starting an org of scale ${options.scale}, seed ${options.seed}`);
  const stage = await openStage(options);
  try {
    const { simulator } = stage;
    // Old states of records serve readers of long results; a load of minutes must not keep them all.
    await simulator.control('PATCH', '/knobs', { statesKept: 1 });
    const worker = await stage.startWorker();
    say('backfill beside the running worker');
    await stage.program('backfill', ['dist/bff/salesforce-backfill-shadow.js', '--json']).succeeded();
    const { eventsPerSecond, roundTripMs, seconds } = options.steady;
    say(`steady: ${eventsPerSecond} events/s for ${seconds} s, round trip ${roundTripMs} ms`);
    const steady = await runSteady(stage, worker, options.steady);
    for (const line of describeSteady(steady)) say(line);
    await worker.stop();
    await createPlainTables(stage.client);
    await fillPlainTables(stage.client);
    await startLoad(stage, 1, 1);
    await untilLoadEnds(stage);
    const outcomes = await contest(
      [plainDesign(stage, options.peak), umbraStream(stage, options.peak)],
      options.rounds,
      (name, round, { units, seconds: took }) =>
        say(`round ${round + 1}: ${name}: ${Math.round(units / took)} events/s (${took.toFixed(1)} s)`),
    );
    return writeReport(options.out, {
      benchmark: 'stream',
      unit: 'events',
      startedAt,
      settings: {
        scale: options.scale,
        seed: options.seed,
        rounds: options.rounds,
        events: options.peak.events,
        'events of the plain design': options.peak.plainEvents,
        'round trip, ms': options.peak.roundTripMs,
        'steady events/s': eventsPerSecond,
        'steady seconds': seconds,
        'steady round trip, ms': roundTripMs,
      },
      versions: {
        PostgreSQL: await databaseVersion(stage.client),
        ...packageVersion('bullmq', '@prisma/client', 'pg'),
      },
      outcomes,
      goals: goalsOf(steady, outcomes),
      notes: [...describeSteady(steady), ...[roundTripMs, options.peak.roundTripMs].map((ms) => ceiling(ms))],
      details: { steady },
    });
  } finally {
    await stage.close();
  }
}

function goalsOf({ latency }: SteadyResult, outcomes: readonly Outcome[]): readonly Goal[] {
  return [
    { what: 'events/s at the peak', value: rateOf(outcomes, 'umbra stream'), atLeast: 5_000 },
    {
      what: 'rate beside one job and one upsert per event',
      value: ratioOf(outcomes, 'umbra stream'),
      atLeast: 8,
    },
    { what: 'seconds from commit to visible, 95th percentile', value: latency.p95 / 1_000, atMost: 2 },
    { what: 'seconds from commit to visible, 99th percentile', value: latency.p99 / 1_000, atMost: 5 },
  ];
}

function ceiling(roundTripMs: number): string {
  const perSecond = Math.round((MAX_OUTSTANDING * 1_000) / roundTripMs).toLocaleString('en');
  return `A round trip of ${roundTripMs} ms and at most ${MAX_OUTSTANDING} outstanding events allow ${perSecond} events/s per topic.`;
}
