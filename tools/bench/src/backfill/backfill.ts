import { contest, ratioOf, type Contender, type Outcome } from '../harness/contest.ts';
import { databaseVersion, packageVersion } from '../harness/machine.ts';
import { writeReport, type Goal } from '../harness/report.ts';
import { openStage, type Stage, type StageOptions } from '../harness/stage.ts';
import { generatePlainClient } from '../plain/plain-client.ts';
import { createPlainTables } from '../plain/plain-tables.ts';
import { plainBackfill, plainCopy, prepareFiles, stagedCopy, umbraBackfill } from './contenders.ts';

/** Who can take part, in the order of the table. */
export const backfillContenders = ['copy', 'staged', 'plain', 'umbra'] as const;
export type BackfillContender = (typeof backfillContenders)[number];

const contenderOf: Readonly<
  Record<BackfillContender, (stage: Stage, options: BackfillBenchmark) => Contender>
> = {
  copy: plainCopy,
  staged: stagedCopy,
  plain: (stage, { plainRows }) => plainBackfill(stage, plainRows),
  umbra: umbraBackfill,
};

export interface BackfillBenchmark extends StageOptions {
  readonly rounds: number;
  readonly only: readonly BackfillContender[];
  /** Rows that the plain backfill is given: the same share of each object. */
  readonly plainRows: number;
}

/**
 * The backfill of a whole simulated org beside plain COPY of the same finished rows, and beside COPY into staging with
 * INSERT … SELECT. The rivals neither fetch, nor parse, nor decide anything: they are what PostgreSQL alone can do.
 * The rows of the first backfill, which is not counted, are the rivals' input.
 */
export async function benchBackfill(
  options: BackfillBenchmark,
  say: (line: string) => void,
): Promise<string> {
  const startedAt = new Date().toISOString();
  const chosen = backfillContenders.filter((each) => options.only.includes(each));
  if (chosen.includes('plain')) await generatePlainClient();
  say(`starting an org of scale ${options.scale}, seed ${options.seed}`);
  const stage = await openStage(options);
  try {
    say('warming up: one backfill, whose rows become the input of the rivals');
    await umbraBackfill(stage).run(-1);
    await prepareFiles(stage);
    await createPlainTables(stage.client);
    const outcomes = await contest(
      chosen.map((each) => contenderOf[each](stage, options)),
      options.rounds,
      (name, round, { units, seconds }) =>
        say(`round ${round + 1}: ${name}: ${Math.round(units / seconds)} rows/s (${seconds.toFixed(1)} s)`),
    );
    return writeReport(options.out, {
      benchmark: 'backfill',
      unit: 'rows',
      startedAt,
      settings: {
        scale: options.scale,
        seed: options.seed,
        rounds: options.rounds,
        'rows of the plain backfill, at most': options.plainRows,
      },
      versions: {
        PostgreSQL: await databaseVersion(stage.client),
        ...packageVersion('pg', 'jsforce', '@prisma/client'),
      },
      outcomes,
      goals: [...rateGoal(outcomes, chosen), ...memoryGoal(outcomes)],
    });
  } finally {
    await stage.close();
  }
}

/** Only a run in which both take part says how one does beside the other. */
function rateGoal(outcomes: readonly Outcome[], chosen: readonly BackfillContender[]): readonly Goal[] {
  if (chosen[0] !== 'copy' || !chosen.includes('umbra')) return [];
  const value = ratioOf(outcomes, 'umbra backfill');
  return [{ what: 'rate beside COPY of finished rows', value, atLeast: 0.5 }];
}

/** The most that the process took in any round: the command promises to stay below, whatever the size of the org. */
function memoryGoal(outcomes: readonly Outcome[]): readonly Goal[] {
  const peaks = outcomes
    .filter(({ contender }) => contender === 'umbra backfill')
    .flatMap(({ samples }) => samples.flatMap(({ usage }) => usage?.['backfill']?.peakRssBytes ?? []));
  if (peaks.length === 0) return [];
  return [
    { what: 'memory of the backfill at its peak, MiB', value: Math.max(...peaks) / 1_048_576, atMost: 400 },
  ];
}
