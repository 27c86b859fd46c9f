import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contest } from '../harness/contest.ts';
import { writeReport } from '../harness/report.ts';
import { plainCopy, prepareFiles, stagedCopy, umbraBackfill } from './contenders.ts';
import { openStage, type Scale, type Services } from './stage.ts';

export interface BackfillBenchmark {
  readonly services: Services;
  readonly scale: Scale;
  readonly rounds: number;
  readonly seed: number;
  readonly out: string;
  /** PATH for the commands under test. */
  readonly path: string;
}

const packageVersion = (name: string): string => {
  const manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
};

/**
 * The backfill of a whole simulated org beside plain COPY of the same finished rows, and beside COPY into staging with
 * INSERT … SELECT. The rivals neither fetch, nor parse, nor decide anything: they are what PostgreSQL alone can do.
 * The rows of the first backfill, which is not counted, are the rivals' input.
 */
export async function benchBackfill(
  options: BackfillBenchmark,
  say: (line: string) => void,
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'umbra-bench-'));
  const startedAt = new Date().toISOString();
  say(`starting an org of scale ${options.scale}, seed ${options.seed}`);
  const stage = await openStage(options.services, options.scale, options.seed, options.path);
  try {
    say('warming up: one backfill, whose rows become the input of the rivals');
    const ours = umbraBackfill(stage);
    await ours.run(-1);
    await prepareFiles(stage, folder);
    const outcomes = await contest(
      [plainCopy(stage, folder), stagedCopy(stage, folder), ours],
      options.rounds,
      (name, round, { units, seconds }) =>
        say(`round ${round + 1}: ${name}: ${Math.round(units / seconds)} rows/s (${seconds.toFixed(1)} s)`),
    );
    const { rows } = await stage.client.query<{ server_version: string }>('show server_version');
    return writeReport(options.out, {
      benchmark: 'backfill',
      unit: 'rows',
      startedAt,
      settings: { scale: options.scale, seed: options.seed, rounds: options.rounds },
      versions: { PostgreSQL: rows[0]?.server_version ?? 'unknown', pg: packageVersion('pg') },
      outcomes,
    });
  } finally {
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
