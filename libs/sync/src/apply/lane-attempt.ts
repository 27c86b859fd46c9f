import { poisonInput, type LaneTransaction, type PendingChange, type TouchedRecord } from '@umbra/domain';
import type { Mirror } from '../mirror/mirror.ts';
import { applyBatch } from './apply-batch.ts';
import { lock } from './apply-inputs.ts';
import type { ApplyDeps } from './drain-lane.ts';
import { withMissing, type HeldLocks, type LocksMissing } from './held-locks.ts';
import { laneInputs, schemasToPrepare, type LaneInputs, type WantedRefresh } from './lane-inputs.ts';
import { namedSkus } from './sku-claims.ts';

/** What one transaction came to. */
export type Attempt =
  | { readonly kind: 'empty' }
  | {
      readonly kind: 'prepare';
      readonly changes: readonly PendingChange[];
      readonly schemas: readonly string[];
    }
  | LocksMissing
  | Applied;

export interface Applied {
  readonly kind: 'applied';
  readonly changes: readonly PendingChange[];
  readonly touched: readonly TouchedRecord[];
  readonly refresh: readonly WantedRefresh[];
  readonly written: number;
  readonly aside: number;
  readonly poisoned: readonly PendingChange[];
}

/** What a transaction is tried with. */
export interface Terms {
  readonly limit: { readonly changes: number; readonly bytes: number };
  readonly held: HeldLocks;
  readonly fault: Fault | undefined;
  readonly unreadable: ReadonlySet<string>;
  /** Told which changes the transaction is about. */
  readonly looked: (changes: readonly PendingChange[]) => void;
}

/** Why the next change stands alone: it failed as what it is (then it is poison), or even as poison. */
export interface Fault {
  readonly error: unknown;
  readonly change: PendingChange;
  readonly passBy: boolean;
}

export function isSameChange(a: PendingChange, b: PendingChange): boolean {
  return (
    a.streamId === b.streamId &&
    a.streamSeq === b.streamSeq &&
    a.object === b.object &&
    a.recordId === b.recordId
  );
}

/** One transaction of a lane: the next changes, merged, and the applied position behind them. */
export async function applyNext(deps: ApplyDeps, tx: LaneTransaction, terms: Terms): Promise<Attempt> {
  const { held, limit, unreadable } = terms;
  const changes = await tx.pending(limit);
  terms.looked(changes);
  const [first] = changes;
  if (first === undefined) return { kind: 'empty' };
  // Somebody else may have dealt with the faulty change meanwhile; then the next one is as good as any.
  const isFaulty = terms.fault !== undefined && isSameChange(terms.fault.change, first);
  const fault = isFaulty ? terms.fault : undefined;
  const schemas = schemasToPrepare(deps.schemas, changes, unreadable);
  if (schemas.length > 0 && fault === undefined) return { kind: 'prepare', changes, schemas };
  const poisoned: PendingChange[] = [];
  const notePoison = (change: PendingChange, error: unknown): void => {
    poisoned.push(change);
    const { object, recordId } = change;
    deps.mirror.log.error(
      { err: error, object, recordId },
      'change cannot be merged; its record is read again',
    );
  };
  const inputs =
    fault === undefined
      ? laneInputs(deps.schemas, changes, notePoison)
      : poisonOf(changes, fault.error, notePoison);
  if (fault?.passBy === true) {
    await tx.applied(changes);
    const nothing = { touched: [], written: 0, aside: 0 };
    return { kind: 'applied', changes, poisoned, refresh: inputs.refresh, ...nothing };
  }
  const merged = await mergeInto(deps.mirror, tx, inputs, held);
  if (merged.kind === 'locks-missing') return merged;
  await tx.applied(changes);
  return { kind: 'applied', changes, poisoned, refresh: inputs.refresh, ...merged.sums };
}

function poisonOf(
  changes: readonly PendingChange[],
  failure: unknown,
  notePoison: (change: PendingChange, error: unknown) => void,
): LaneInputs {
  return {
    byObject: changes.map((change) => {
      notePoison(change, failure);
      return { object: change.object, inputs: [poisonInput(change)] };
    }),
    refresh: changes.map(({ object, recordId, version }) => ({ object, recordId, atLeast: version })),
  };
}

type Sums = Pick<Applied, 'touched' | 'written' | 'aside'>;

/** Lanes, then SKUs, then rows, products before prices before accounts: the one order in which everybody locks. */
async function mergeInto(
  mirror: Mirror,
  tx: LaneTransaction,
  { byObject }: LaneInputs,
  held: HeldLocks,
): Promise<LocksMissing | { readonly kind: 'merged'; readonly sums: Sums }> {
  const locks = withNamed(mirror, held, byObject);
  await lock(tx, locks);
  const touched: TouchedRecord[] = [];
  let [written, aside] = [0, 0];
  for (const { object, inputs } of byObject) {
    const outcome = await applyBatch(mirror, tx, { object, inputs, revisit: [] }, { held: locks });
    if (outcome.kind === 'locks-missing') {
      const { skus } = withMissing(locks, outcome);
      return { ...outcome, skus: skus === 'all' ? [] : [...skus] };
    }
    touched.push(...outcome.touched);
    written += outcome.written;
    aside += outcome.aside;
  }
  return { kind: 'merged', sums: { touched, written, aside } };
}

/** The SKUs that the statements name are locked with the first attempt. */
function withNamed(mirror: Mirror, held: HeldLocks, byObject: LaneInputs['byObject']): HeldLocks {
  const products = byObject.filter(({ object }) => object === 'Product2').flatMap(({ inputs }) => inputs);
  if (held.skus === 'all' || products.length === 0) return held;
  return { ...held, skus: new Set([...held.skus, ...namedSkus(mirror, products)]) };
}
