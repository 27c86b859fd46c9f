import { contest, ratioOf } from '../harness/contest.ts';
import { databaseVersion, packageVersion } from '../harness/machine.ts';
import { writeReport } from '../harness/report.ts';
import { openStage, type StageOptions } from '../harness/stage.ts';
import { generatePlainClient } from '../plain/plain-client.ts';
import { createPlainTables } from '../plain/plain-tables.ts';
import { plainBackfill, plainCopy, prepareFiles, stagedCopy, umbraBackfill } from './contenders.ts';

export interface BackfillBenchmark extends StageOptions {
  readonly rounds: number;
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
  await generatePlainClient();
  say(`starting an org of scale ${options.scale}, seed ${options.seed}`);
  const stage = await openStage(options);
  try {
    say('warming up: one backfill, whose rows become the input of the rivals');
    const ours = umbraBackfill(stage);
    await ours.run(-1);
    await prepareFiles(stage);
    await createPlainTables(stage.client);
    const outcomes = await contest(
      [plainCopy(stage), stagedCopy(stage), plainBackfill(stage), ours],
      options.rounds,
      (name, round, { units, seconds }) =>
        say(`round ${round + 1}: ${name}: ${Math.round(units / seconds)} rows/s (${seconds.toFixed(1)} s)`),
    );
    return writeReport(options.out, {
      benchmark: 'backfill',
      unit: 'rows',
      startedAt,
      settings: { scale: options.scale, seed: options.seed, rounds: options.rounds },
      versions: {
        PostgreSQL: await databaseVersion(stage.client),
        ...packageVersion('pg', 'jsforce', '@prisma/client'),
      },
      outcomes,
      goals: [
        {
          what: 'rate beside COPY of finished rows',
          value: ratioOf(outcomes, 'umbra backfill'),
          atLeast: 0.5,
        },
      ],
    });
  } finally {
    await stage.close();
  }
}
