import { contest, type Contender, type Sample } from '../harness/contest.ts';
import { databaseVersion, packageVersion } from '../harness/machine.ts';
import { measured } from '../harness/measured.ts';
import { writeReport, type Goal } from '../harness/report.ts';
import { openStage, type Stage, type StageOptions } from '../harness/stage.ts';
import { Planting, type ObjectReport } from './planting.ts';

export interface ReconcileBenchmark extends StageOptions {
  /** Faults of each of the ten kinds. */
  readonly faults: number;
}

/**
 * A thousand faults of ten kinds in a mirror that nobody tells of them: what the deep comparison finds, what the chain of
 * the night finds alone, and what both cost beside reading everything again.
 */
export async function benchReconcile(
  options: ReconcileBenchmark,
  say: (line: string) => void,
): Promise<string> {
  const startedAt = new Date().toISOString();
  say(`starting an org of scale ${options.scale}, seed ${options.seed}`);
  const stage = await openStage(options);
  try {
    await stage.program('backfill', ['dist/bff/salesforce-backfill-shadow.js', '--json']).succeeded();
    const planting = await Planting.over(stage);
    const deep = deepComparison(stage, planting, options.faults);
    const night = chainOfTheNight(stage, planting, options.faults);
    const outcomes = await contest([fullRead(stage), deep, night], 1, (name, _round, { seconds, figures }) =>
      say(`${name}: ${seconds.toFixed(0)} s, ${figures?.['Salesforce calls'] ?? 0} calls`),
    );
    return writeReport(options.out, {
      benchmark: 'reconcile',
      unit: 'rows',
      startedAt,
      settings: { scale: options.scale, seed: options.seed, 'faults of each kind': options.faults },
      versions: { PostgreSQL: await databaseVersion(stage.client), ...packageVersion('pg') },
      outcomes,
      goals: goalsOf(planting),
      notes: planting.notes(),
      details: { deep: planting.deep, night: planting.night },
    });
  } finally {
    await stage.close();
  }
}

function goalsOf({ deep }: Planting): readonly Goal[] {
  if (deep === undefined) return [];
  const share = (part: number): number => (100 * part) / deep.wrong;
  return [
    { what: 'wrong records found by the deep comparison, percent', value: share(deep.found), atLeast: 100 },
    { what: 'records found wrong that were right', value: deep.false, atMost: 0 },
    { what: 'records still wrong after it', value: deep.planted - deep.repaired, atMost: 0 },
    { what: 'rows that a second deep comparison finds', value: deep.again, atMost: 0 },
  ];
}

/** One program under the stopwatch, with what it answers. */
async function timed(
  stage: Stage,
  name: string,
  args: readonly string[],
  figuresOf: (answer: unknown) => Sample['figures'],
): Promise<Sample> {
  const { rows } = await stage.client.query<{ n: string }>(
    `select (select count(*) from sf_product_shadow) + (select count(*) from sf_pricebook_shadow)
          + (select count(*) from sf_account_eligibility_shadow) as n`,
  );
  const parts = { simulator: stage.simulator.pid, postgres: stage.postmaster };
  return measured(parts, async (watch) => {
    const program = stage.program(name, args);
    watch('command', program.pid);
    const figures = figuresOf(JSON.parse(await program.succeeded()));
    return { units: Number(rows[0]?.n ?? 0), ...(figures === undefined ? {} : { figures }) };
  });
}

function fullRead(stage: Stage): Contender {
  return {
    name: 'reading everything again',
    run: () =>
      timed(stage, 'full-read', ['dist/bff/salesforce-backfill-shadow.js', '--json'], (answer) => {
        const { calls, objects } = answer as { calls: number; objects: readonly { received: number }[] };
        return figures(
          calls,
          sumOf(objects, ({ received }) => received),
        );
      }),
  };
}

const reconcile = ['dist/ops/main.js', 'reconcile', '--json'];

function deepComparison(stage: Stage, planting: Planting, faults: number): Contender {
  const compared = async (name: string): Promise<{ sample: Sample; objects: readonly ObjectReport[] }> => {
    let objects: readonly ObjectReport[] = [];
    const sample = await timed(stage, name, [...reconcile, '--deep'], (answer) => {
      ({ objects } = answer as { objects: readonly ObjectReport[] });
      return figures(
        sumOf(objects, ({ calls }) => calls),
        sumOf(objects, ({ rowsMoved }) => rowsMoved),
      );
    });
    return { sample, objects };
  };
  return {
    name: 'deep comparison',
    async run() {
      await planting.plant(faults);
      const { objects, sample } = await compared('deep');
      // What a second comparison finds was said falsely by the first, or repaired wrongly.
      await planting.judgeDeep(objects, async () => (await compared('deep-again')).objects);
      return sample;
    },
  };
}

function chainOfTheNight(stage: Stage, planting: Planting, faults: number): Contender {
  return {
    name: 'chain of the night',
    async run() {
      await planting.plant(faults);
      const sample = await timed(stage, 'nightly', [...reconcile, '--chain'], (answer) => {
        const { calls, steps } = answer as { calls: number; steps: Record<string, { rowsMoved?: number }> };
        return figures(
          calls,
          sumOf(Object.values(steps), ({ rowsMoved = 0 }) => rowsMoved),
        );
      });
      await planting.judgeNight();
      return sample;
    },
  };
}

/** Rows are those that Salesforce sent; sweeps send ids besides. */
function figures(calls: number, rowsMoved: number): Sample['figures'] {
  return { 'Salesforce calls': calls, 'rows moved': rowsMoved };
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
