import { merge, type MergeInput, type RecordState, type Revisions } from '../../src/index.ts';
import type { Commit, History, Op } from './history.ts';

/** All histories of four commits on two leaves, and the orders in which their statements may arrive. */

const LEAVES = ['A', 'B'] as const;
const both = new Set<string>(LEAVES);
const none = new Set<string>();
export const twoLeaves: Revisions = (revision) => (revision === 1 ? both : none);

type Step = { readonly op: Op; readonly touch: readonly string[]; readonly empty: boolean };

const afterBirth: readonly Step[] = [
  { op: 'update', touch: ['A'], empty: false },
  { op: 'update', touch: ['B'], empty: false },
  { op: 'update', touch: ['A', 'B'], empty: false },
  { op: 'update', touch: ['A'], empty: true },
  { op: 'update', touch: ['B'], empty: true },
  { op: 'delete', touch: [], empty: false },
];
const revival: readonly Step[] = [{ op: 'undelete', touch: [], empty: false }];

function* stepsFrom(alive: boolean, left: number): Generator<readonly Step[]> {
  if (left === 0) {
    yield [];
    return;
  }
  for (const step of alive ? afterBirth : revival) {
    for (const rest of stepsFrom(step.op !== 'delete', left - 1)) yield [step, ...rest];
  }
}

/**
 * @param size number of commits
 * @param ticks seconds between commits to enumerate: `[0]` puts all into one second, `[0, 1]` takes every mixture
 */
export function* histories(size: number, ticks: readonly number[]): Generator<History> {
  for (const steps of stepsFrom(true, size - 1)) {
    for (let mixture = 0; mixture < ticks.length ** (size - 1); mixture++) {
      let at = 0;
      let rest = mixture;
      const commits: Commit[] = [{ op: 'create', at, revision: 1, set: { A: 'created A', B: 'created B' } }];
      for (const [i, step] of steps.entries()) {
        at += ticks[rest % ticks.length] as number;
        rest = Math.floor(rest / ticks.length);
        const set = Object.fromEntries(
          step.touch.map((leaf) => [leaf, step.empty ? null : `${leaf} of ${String(i + 2)}`]),
        );
        commits.push({ op: step.op, at, revision: 1, set });
      }
      yield { recordId: '001000000000001AAA', commits, revisions: twoLeaves, formula: null };
    }
  }
}

/** Merges in the order given. */
export function arrive(
  state: RecordState | undefined,
  inputs: Iterable<MergeInput | undefined>,
  revisions: Revisions = twoLeaves,
): RecordState | undefined {
  let merged = state;
  for (const input of inputs) {
    if (input !== undefined) merged = merge(merged, input, revisions);
  }
  return merged;
}

/**
 * The outcomes of every order of the inputs. States are values, so orders share the merges of their common beginning.
 */
export function* everyOrder(
  state: RecordState | undefined,
  inputs: readonly MergeInput[],
  revisions: Revisions = twoLeaves,
): Generator<RecordState | undefined> {
  if (inputs.length === 0) {
    yield state;
    return;
  }
  for (const [i, input] of inputs.entries()) {
    yield* everyOrder(
      merge(state, input, revisions),
      [...inputs.slice(0, i), ...inputs.slice(i + 1)],
      revisions,
    );
  }
}

/** All subsets, as lists in the order of the items. */
export function* subsets<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let mask = 0; mask < 2 ** items.length; mask++) {
    yield items.filter((_, i) => ((mask >> i) & 1) === 1);
  }
}

export function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}
