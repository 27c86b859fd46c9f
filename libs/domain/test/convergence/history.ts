import {
  eventVersion,
  readStamp,
  type LeafValue,
  type MergeInput,
  type RecordState,
  type Revisions,
  type Version,
} from '../../src/index.ts';

/**
 * The truth that a mirror has to reach: what was committed to one record, in order. Tests own the truth and the ways
 * of telling it; the rule under test is the production merge alone.
 */
export type Op = 'create' | 'update' | 'delete' | 'undelete';

export interface Commit {
  readonly op: Op;
  /** Whole seconds; may equal the previous commit's. */
  readonly at: number;
  /** Schema revision in force. */
  readonly revision: number;
  /** Leaves that the commit set; a create sets all of its revision. */
  readonly set: Readonly<Record<string, LeafValue>>;
}

export interface Truth {
  readonly exists: boolean;
  readonly alive: boolean;
  readonly leaves: Readonly<Record<string, LeafValue>>;
}

export interface History {
  readonly recordId: string;
  readonly commits: readonly Commit[];
  /** Stored leaves by revision. */
  readonly revisions: Revisions;
  /** Read-only leaf whose value changes with every commit, or none. */
  readonly formula: string | null;
}

export const FORMULA = 'Formula__c';

const truths = new WeakMap<readonly Commit[], Truth[]>();

/** The record after its first `k` commits. */
export function truthAt(history: History, k: number): Truth {
  let known = truths.get(history.commits);
  if (known === undefined) {
    known = [{ exists: false, alive: false, leaves: {} }];
    for (const commit of history.commits) {
      const last = known.at(-1) as Truth;
      known.push({
        exists: true,
        alive: commit.op !== 'delete',
        leaves: { ...last.leaves, ...commit.set },
      });
    }
    truths.set(history.commits, known);
  }
  return known[k] as Truth;
}

export function instant(at: number): string {
  return new Date(1_700_000_000_000 + at * 1000).toISOString();
}

/** Commit numbers with holes, beyond what a double can tell apart. */
export function commitNumber(k: number): bigint {
  return k === 0 ? 0n : 1_778_192_987_716_501_500n + BigInt(k);
}

export function versionOfCommit(k: number, epoch = 1): Version {
  return eventVersion(epoch, commitNumber(k), 1);
}

export function stampAt(k: number, readSeq: number, epoch = 1): Version {
  return readStamp(epoch, k === 0 ? undefined : commitNumber(k), BigInt(readSeq));
}

function visible(leaves: Truth['leaves'], names: Iterable<string>): Record<string, LeafValue> {
  const image: Record<string, LeafValue> = {};
  for (const name of names) {
    const value = leaves[name] ?? null;
    if (value !== null) image[name] = value;
  }
  return image;
}

/** Commit `k` (from 1) as the bus tells it. */
export function eventOf(history: History, k: number, epoch = 1): MergeInput {
  const commit = history.commits[k - 1] as Commit;
  const statement = {
    object: 'Account' as const,
    recordId: history.recordId,
    version: versionOfCommit(k, epoch),
    modifiedAt: instant(commit.at),
  };
  switch (commit.op) {
    case 'create':
    case 'undelete':
      return {
        ...statement,
        kind: commit.op,
        revision: commit.revision,
        leaves: visible(truthAt(history, k).leaves, history.revisions(commit.revision)),
      };
    case 'update': {
      const changed = Object.keys(commit.set);
      return {
        ...statement,
        kind: 'update',
        revision: commit.revision,
        leaves: visible(commit.set, changed),
        changed,
        // A null comes in the bitmap of nulled fields, or only as a changed field that carries null: both occur.
        nulled: changed.filter((leaf, i) => commit.set[leaf] === null && (i + k) % 2 === 0),
        diffed: [],
      };
    }
    case 'delete':
      return { ...statement, kind: 'delete', masterId: null };
  }
}

/** Commit `k` as a gap event. */
export function gapOf(history: History, k: number): MergeInput {
  const commit = history.commits[k - 1] as Commit;
  return {
    object: 'Account',
    recordId: history.recordId,
    version: versionOfCommit(k),
    modifiedAt: instant(commit.at),
    kind: 'gap',
    change: commit.op,
  };
}

/** A row read that saw the first `seen` commits. Undefined when there was no row to see. */
export function readOf(history: History, seen: number, stamp: Version): MergeInput | undefined {
  const truth = truthAt(history, seen);
  if (!truth.exists) return undefined;
  const commit = history.commits[seen - 1] as Commit;
  const statement = {
    object: 'Account' as const,
    recordId: history.recordId,
    version: stamp,
    modifiedAt: instant(commit.at),
  };
  if (!truth.alive) return { ...statement, kind: 'read-deleted', masterId: null };
  const { formula } = history;
  return {
    ...statement,
    kind: 'read',
    image: { revision: commit.revision },
    leaves: {
      ...visible(truth.leaves, history.revisions(commit.revision)),
      ...(formula === null ? {} : { [formula]: `formula after ${String(seen)}` }),
    },
    readOnly: formula === null ? null : [formula],
    readAt: instant(commit.at + 1),
  };
}

/** Whether a mirror shows the record as it is at the end of its history; of a deleted record only that it is gone. */
export function equalsTruth(
  history: History,
  shown: Pick<RecordState, 'alive' | 'leaves'> | undefined,
  leaves: Iterable<string> = history.revisions((history.commits.at(-1) as Commit).revision),
): boolean {
  const truth = truthAt(history, history.commits.length);
  if (shown === undefined || !shown.alive) return !truth.alive;
  if (!truth.alive) return false;
  for (const leaf of leaves) {
    if ((shown.leaves[leaf] ?? null) !== (truth.leaves[leaf] ?? null)) return false;
  }
  return true;
}
