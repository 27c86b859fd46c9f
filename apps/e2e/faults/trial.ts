import { differences } from '../checkers/equal.ts';
import { clearTraces } from '../checkers/traces.ts';
import { edits } from '../harness/edits.ts';
import { eventually } from '../harness/eventually.ts';
import type { Child } from '../harness/child.ts';
import type { App } from '../harness/world.ts';
import type { Arena } from './arena.ts';
import { chanceOf } from './chance.ts';
import type { FaultCase, Trial } from './fault-case.ts';
import { beginJudging, type Verdict } from './judge.ts';
import { startLoad, type Load, type Pressure } from './load.ts';

export interface TrialReport {
  readonly row: number;
  readonly title: string;
  readonly seed: number;
  readonly seconds: number;
  readonly figures: readonly string[];
  /** Why it failed; undefined: everything held. */
  readonly failure: string | undefined;
}

/** A worker that runs in the arena, across trials. */
export interface Shift {
  worker: App | undefined;
  /** Legs of it that lead through a proxy. */
  through: readonly string[];
  /** Of edits, so that no value comes twice. */
  round: number;
}

const CONVERGES_WITHIN_SECONDS = 60;

/** Drives a case once and judges it. What goes wrong is reported, not thrown. */
export async function runTrial(
  fault: FaultCase,
  { arena, shift, seed, pressure }: { arena: Arena; shift: Shift; seed: number; pressure: Pressure },
): Promise<TrialReport> {
  const begun = performance.now();
  const figures: string[] = [];
  let failure: string | undefined;
  try {
    const verdict = await attempt(fault, { arena, shift, seed, pressure, figures });
    if (verdict.length > 0) failure = verdict.map(({ check, what }) => `${check}: ${what}`).join('\n');
  } catch (error) {
    failure = error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
  const seconds = (performance.now() - begun) / 1_000;
  return { row: fault.row, title: fault.title, seed, seconds, figures, failure };
}

interface Attempt {
  readonly arena: Arena;
  readonly shift: Shift;
  readonly seed: number;
  readonly pressure: Pressure;
  readonly figures: string[];
}

async function attempt(fault: FaultCase, options: Attempt): Promise<readonly Verdict[]> {
  const { arena, figures, shift } = options;
  await standReady(fault, arena, shift);
  await clearTraces(arena.database.rows);
  const judging = await beginJudging(arena, () => [shift.worker]);
  const begun: Begun = { loads: [], workers: [] };
  try {
    const broken = await driven(fault, trialOf(fault, options, begun));
    // What was recorded until then may tell why.
    if (broken !== undefined)
      return [broken, ...(await judging.verdict(fault.excused ?? {}).catch(() => []))];
    for (const load of begun.loads) await load.end();
    await arena.calm();
    const ended = performance.now();
    const unequal = await converged(arena, fault).then(
      () => [],
      async (error: unknown): Promise<Verdict[]> => [
        { check: 'equal', what: `${String(error)}; ${await backlog(arena)}` },
      ],
    );
    figures.push(`converged ${((performance.now() - ended) / 1_000).toFixed(1)} s`);
    if (judging.peak() > 0) figures.push(`worker at most ${Math.round(judging.peak() / 1024 ** 2)} MB`);
    return [...unequal, ...(await judging.verdict(fault.excused ?? {}))];
  } finally {
    judging.end();
    await clearAway(begun, shift);
  }
}

/** The checker of equality has spoken, whether within a case or after it. */
class Unequal extends Error {}

/** @returns what the case, or the equality that it waits for, holds against the product; undefined: nothing */
async function driven(fault: FaultCase, trial: Trial): Promise<Verdict | undefined> {
  try {
    await fault.drive(trial);
    return undefined;
  } catch (error) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { check: error instanceof Unequal ? 'equal' : 'case', what };
  }
}

/** What a case has begun, which must not outlast it however it ends. */
interface Begun {
  readonly loads: Load[];
  readonly workers: Child[];
}

async function clearAway({ loads, workers }: Begun, shift: Shift): Promise<void> {
  for (const load of loads) await load.end().catch(() => undefined);
  for (const worker of workers)
    if (worker !== shift.worker?.child && worker.running) await worker.stop('SIGKILL');
}

/** One worker, with the legs that the case wants to break behind proxies, and nothing broken yet. */
async function standReady(fault: FaultCase, arena: Arena, shift: Shift): Promise<void> {
  await arena.calm();
  const through = fault.through ?? [];
  const fits = shift.worker?.child.running === true && shift.through.join() === through.join();
  if (fits) return;
  await shift.worker?.child.end();
  shift.worker = await arena.startQuickWorker(arena.through(through));
  shift.through = through;
}

function trialOf(fault: FaultCase, { arena, figures, pressure, seed, shift }: Attempt, begun: Begun): Trial {
  if (shift.worker !== undefined) begun.workers.push(shift.worker.child);
  return {
    arena,
    chance: chanceOf(seed),
    pressure,
    get worker() {
      if (shift.worker === undefined) throw new Error('no worker runs');
      return shift.worker;
    },
    startWorker: async (env = {}) => {
      const worker = await arena.startQuickWorker({ ...arena.through(fault.through ?? []), ...env });
      begun.workers.push(worker.child);
      shift.worker = worker;
      return worker;
    },
    launchDoomed: (env) => {
      const doomed = arena.launchQuickWorker({ ...arena.through(fault.through ?? []), ...env });
      begun.workers.push(doomed);
      return doomed;
    },
    edit: async (rounds) => {
      for (let n = 0; n < rounds; n++) await arena.org.transact(edits(shift.round++));
    },
    load: async (seconds) => {
      const load = await startLoad(arena.org, pressure, { seconds, seed });
      begun.loads.push(load);
      return load;
    },
    converged: () => converged(arena, fault),
    figure: (name, value, unit = '') =>
      figures.push(`${name} ${Number.isInteger(value) ? value : value.toFixed(1)} ${unit}`.trim()),
  };
}

/** Tells a shadow that is late from one that is wrong. */
async function backlog({ database }: Arena): Promise<string> {
  const [waiting] = await database.rows<{ changes: number; lanes: number }>(
    `SELECT count(*)::int AS changes, count(DISTINCT lane)::int AS lanes
     FROM sf_change LEFT JOIN sf_lane_applied AS done USING (stream_id, lane)
     WHERE (stream_seq, ord) > (coalesce(done.applied_seq, 0), coalesce(done.applied_ord, 0))`,
  );
  return `${waiting?.changes} changes in ${waiting?.lanes} lanes wait to be applied`;
}

async function converged(arena: Arena, { convergesWithinSeconds }: FaultCase): Promise<void> {
  const seconds = convergesWithinSeconds ?? CONVERGES_WITHIN_SECONDS;
  await eventually('the shadow equals Salesforce', seconds * 1_000, async () => {
    const found = await differences(arena.database, arena.org, false);
    if (found.length > 0) throw new Error(JSON.stringify(found.slice(0, 5)));
  }).catch((error: unknown) => {
    throw new Unequal(error instanceof Error ? error.message : String(error));
  });
}
