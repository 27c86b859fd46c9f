import { readdirSync } from 'node:fs';
import { residentBytes } from '../checkers/bounded.ts';
import { growing, type Series } from '../checkers/flat.ts';
import { withArena, type Arena } from './arena.ts';
import { chanceOf } from './chance.ts';
import { furnish } from './furnish.ts';
import { startLoad } from './load.ts';
import type { Plan } from './torture-run.ts';
import { runTrial, type Shift, type TrialReport } from './trial.ts';

/** Seconds from one fault to the next. */
const BETWEEN_FAULTS = [90, 300] as const;
const SAMPLE_MS = 5_000;
const MB = 1024 ** 2;

/** Values of one process, or of a store, as they came. */
type Measures = Map<string, { values: number[]; slack: number }>;

/**
 * One arena for the whole time: steady load, and now and then a fault that chance picks. What is left over by one would
 * be found by the next. At the end nothing may have grown that has nothing to grow for.
 */
export async function soak(plan: Plan, tell: (report: TrialReport) => void): Promise<TrialReport[]> {
  const { cases, firstSeed: seed, minutes, pressure } = plan;
  const chance = chanceOf(seed);
  const reports: TrialReport[] = [];
  const begun = performance.now();
  const left = (): number => minutes * 60 - (performance.now() - begun) / 1_000;
  await withArena(async (arena) => {
    const shift: Shift = { worker: undefined, through: [], round: 1 };
    await furnish(arena, shift);
    const measures: Measures = new Map();
    const timer = setInterval(() => void measure(arena, shift, measures), SAMPLE_MS);
    try {
      while (left() > 0) {
        const seconds = Math.max(1, Math.min(chance.between(...BETWEEN_FAULTS), left()));
        await (await startLoad(arena.org, pressure, { seconds, seed: seed + reports.length })).done();
        const report = await runTrial(chance.pick(cases), {
          arena,
          shift,
          seed: seed + reports.length,
          pressure,
        });
        reports.push(report);
        tell(report);
        if (report.failure !== undefined) return;
      }
    } finally {
      clearInterval(timer);
    }
    const grown = growing([...measures].map(([name, measure]): Series => ({ name, ...measure })));
    const seconds = (performance.now() - begun) / 1_000;
    const end = { row: 0, title: 'nothing grew', seed, seconds, figures: [`${measures.size} series`] };
    const report = { ...end, failure: grown.length === 0 ? undefined : grown.join('\n') };
    reports.push(report);
    tell(report);
  });
  return reports;
}

async function measure({ database, redis }: Arena, { worker }: Shift, measures: Measures): Promise<void> {
  const note = (name: string, value: number | undefined, slack: number): void => {
    if (value === undefined) return;
    const known = measures.get(name) ?? { values: [], slack };
    known.values.push(value);
    measures.set(name, known);
  };
  const pid = worker?.child.process.pid;
  if (pid !== undefined) {
    // A worker that was killed has a successor, whose series is its own.
    note(`resident bytes of worker ${pid}`, residentBytes(pid), 60 * MB);
    note(`handles of worker ${pid}`, handlesOf(pid), 20);
  }
  if (redis.status === 'ready') {
    const memory = await redis.info('memory').catch(() => '');
    note('bytes of Redis', Number(/^used_memory:(\d+)/m.exec(memory)?.[1] ?? 0), 5 * MB);
  }
  const [size] = await database
    .rows<{ bytes: string }>(
      `SELECT sum(pg_table_size(c.oid)) AS bytes FROM pg_class AS c
       WHERE relname IN ('sf_stream', 'sf_lane_applied', 'sf_product_shadow', 'sf_pricebook_shadow',
                         'sf_account_eligibility_shadow')`,
    )
    .catch(() => []);
  note('bytes of the tables whose rows are only updated', size && Number(size.bytes), 20 * MB);
}

function handlesOf(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return undefined;
  }
}
