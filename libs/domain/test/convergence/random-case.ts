import fc from 'fast-check';
import type { LeafValue, MergeInput, Revisions } from '../../src/index.ts';
import {
  eventOf,
  FORMULA,
  gapOf,
  readOf,
  stampAt,
  truthAt,
  versionOfCommit,
  type Commit,
  type History,
  type Op,
} from './history.ts';
import { Random } from './random.ts';

/** A read: it saw the first `seen` commits, and is stamped by commit `stamp`, at most what it saw. */
export interface ReadPlan {
  readonly seen: number;
  readonly stamp: number;
  /** Commits that had happened when its rows were merged; what a careless design would stamp it with. */
  readonly now: number;
  readonly readSeq: number;
}

/** How a commit reaches the mirror. */
export type Fate = 'delivered' | 'twice' | 'lost' | 'gap' | 'diff' | 'poison';

export interface Told {
  readonly input: MergeInput;
  readonly read?: ReadPlan;
}

/** A history, what the mirror is told of it, and whether that is enough to reach the truth. */
export interface Case {
  readonly history: History;
  readonly fates: readonly Fate[];
  readonly told: readonly Told[];
  /** Every commit that was not delivered whole lies at or below the stamp of some read. */
  readonly closed: boolean;
}

export interface CaseLimits {
  readonly commits: readonly [number, number];
  /** Stored leaves of each revision, in the order in which they come into force. */
  readonly schemas: readonly (readonly string[])[];
  /** Revision numbers need not rise with time: they follow the order of first sight. */
  readonly shuffledNumbers: boolean;
}

export const wideLimits: CaseLimits = {
  commits: [2, 40],
  schemas: [
    ['A', 'B', 'C', 'Gone', 'BillingStreet', 'BillingCity'],
    ['A', 'B', 'C', 'BillingStreet', 'BillingCity', 'Late'],
    ['A', 'B', 'C', 'BillingStreet', 'BillingCity', 'Late', 'Later'],
  ],
  shuffledNumbers: true,
};

export const smallLimits: CaseLimits = {
  commits: [2, 10],
  schemas: [['A', 'B', 'C']],
  shuffledNumbers: false,
};

function commitsOf(random: Random, size: number, limits: CaseLimits, numbers: readonly number[]): Commit[] {
  const commits: Commit[] = [];
  let at = 0;
  let era = 0;
  let alive = false;
  for (let i = 0; i < size; i++) {
    at += random.int(0, 2);
    if (era + 1 < limits.schemas.length && random.oneIn(10)) era++;
    const schema = limits.schemas[era] as readonly string[];
    const op: Op = i === 0 ? 'create' : !alive ? 'undelete' : random.oneIn(7) ? 'delete' : 'update';
    const touched =
      op === 'create' ? schema : op === 'delete' ? [] : random.some(schema, op === 'update' ? 1 : 0);
    const set: Record<string, LeafValue> = {};
    for (const leaf of touched) set[leaf] = random.oneIn(4) ? null : `${leaf} of ${String(i + 1)}`;
    commits.push({ op, at, revision: numbers[era] as number, set });
    alive = op !== 'delete';
  }
  return commits;
}

/** A text diff: the event names the leaf without telling its value. */
function diffOf(event: MergeInput): MergeInput {
  if (event.kind !== 'update') return event;
  const [first = ''] = event.changed;
  return { ...event, diffed: [first], leaves: { ...event.leaves, [first]: '@@ -1 +1 @@' } };
}

function tell(history: History, k: number, fate: Fate): MergeInput[] {
  const event = eventOf(history, k);
  switch (fate) {
    case 'delivered':
      return [event];
    case 'twice':
      return [event, event];
    case 'lost':
      return [];
    case 'gap':
      return [gapOf(history, k)];
    case 'diff':
      return [diffOf(event)];
    case 'poison':
      return [
        {
          object: event.object,
          recordId: event.recordId,
          version: versionOfCommit(k),
          modifiedAt: event.modifiedAt,
          kind: 'poison',
        },
      ];
  }
}

/** Whether the mirror has to read before it can know what this commit did. */
function isPartial(history: History, k: number, fate: Fate): boolean {
  const op = history.commits[k - 1]?.op;
  if (fate === 'gap') return op !== 'delete';
  if (fate === 'diff') return op === 'update';
  return fate === 'lost' || fate === 'poison';
}

export function arbitraryCase(limits: CaseLimits): fc.Arbitrary<Case> {
  const [min, max] = limits.commits;
  return fc
    .record({ seed: fc.noShrink(fc.nat()), size: fc.integer({ min, max }) })
    .map(({ seed, size }) => caseOf(new Random(seed), size, limits));
}

/** A case from chance: shorter histories of one seed are what a failure shrinks to. */
export function caseOf(random: Random, size: number, limits: CaseLimits): Case {
  const natural = limits.schemas.map((_, i) => i + 1);
  const numbers = limits.shuffledNumbers ? random.shuffle(natural) : natural;
  const sets = new Map(limits.schemas.map((leaves, i) => [numbers[i], new Set(leaves)]));
  const none = new Set<string>();
  const revisions: Revisions = (revision) => sets.get(revision) ?? none;
  const commits = commitsOf(random, size, limits, numbers);
  const history: History = { recordId: '001000000000001AAA', commits, revisions, formula: FORMULA };
  const calm = random.oneIn(2);
  const fates = commits.map((): Fate =>
    random.pick<Fate>(
      calm ? ['delivered', 'twice'] : ['delivered', 'delivered', 'twice', 'lost', 'gap', 'diff', 'poison'],
    ),
  );
  const reads: ReadPlan[] = Array.from({ length: random.int(0, 3) }, (_, i) =>
    planRead(random, 0, size, i + 1),
  );
  const lastPartial = fates.reduce((last, fate, i) => (isPartial(history, i + 1, fate) ? i + 1 : last), 0);
  const closing = lastPartial > 0 && !random.oneIn(4);
  if (closing) reads.push(planRead(random, lastPartial, size, reads.length + 1));
  const told: Told[] = fates.flatMap((fate, i) => tell(history, i + 1, fate).map((input) => ({ input })));
  for (const read of reads) {
    const input = readOf(history, read.seen, stampAt(read.stamp, read.readSeq));
    if (input !== undefined) told.push({ input, read });
  }
  return {
    history,
    fates,
    told: random.shuffle(told),
    closed: lastPartial === 0 || closing,
  };
}

function planRead(random: Random, from: number, size: number, readSeq: number): ReadPlan {
  const stamp = random.int(from, size);
  const seen = random.int(stamp, size);
  return { stamp, seen, now: random.int(seen, size), readSeq };
}

/** A case in words, for the report of a failure. */
export function describeCase({ history, told }: Case): string {
  const truth = history.commits.map(
    (commit, i) => `${String(i + 1)} ${commit.op} r${String(commit.revision)} ${JSON.stringify(commit.set)}`,
  );
  const arrivals = told.map(({ input, read }) =>
    read === undefined
      ? `${input.kind} ${input.version.slice(8, 24)}`
      : `${input.kind} ${JSON.stringify(read)}`,
  );
  return [...truth, '--', ...arrivals, '--', JSON.stringify(truthAt(history, history.commits.length))].join(
    '\n',
  );
}
