import {
  mirroredObjectNames,
  poisonInput,
  type LaneTransaction,
  type PendingChange,
  type RecordRef,
  type TouchedRecord,
} from '@umbra/domain';
import type { Mirror } from '../mirror/mirror.ts';
import { applyBatch } from './apply-batch.ts';
import type { ApplyDeps } from './apply-deps.ts';
import { lock } from './apply-inputs.ts';
import type { Batch } from './batch.ts';
import { isSameChange, type Choice } from './choices.ts';
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
  /** Records whose parent has arrived, in lanes that were not held. */
  readonly returning: readonly RecordRef[];
  /** Records that were brought back from there, or looked at in vain. */
  readonly returned: readonly RecordRef[];
}

/** What a transaction is tried with. */
export interface Terms {
  readonly limit: { readonly changes: number; readonly bytes: number };
  readonly held: HeldLocks;
  readonly fault: Fault | undefined;
  /** Left out: all that is looked at. So too when nothing of it is left: somebody else has dealt with it. */
  readonly choice: Choice | undefined;
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

/** One transaction of a lane: the next changes, merged, and the applied position behind them. */
export async function applyNext(deps: ApplyDeps, tx: LaneTransaction, terms: Terms): Promise<Attempt> {
  const { choice, held, limit, unreadable } = terms;
  const waiting = await tx.pending(limit);
  const chosen = choice?.(waiting) ?? waiting;
  const changes = chosen.length === 0 ? waiting : chosen;
  terms.looked(changes);
  const [first] = changes;
  // What has to be chosen has trouble enough.
  const returned = choice === undefined ? deps.returning.of(tx.lanes) : [];
  if (first === undefined && returned.length === 0) return { kind: 'empty' };
  // Somebody else may have dealt with the faulty change meanwhile; then the next one is as good as any.
  const isFaulty =
    terms.fault !== undefined && first !== undefined && isSameChange(terms.fault.change, first);
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
    const nothing = { touched: [], written: 0, aside: 0, returning: [], returned: [] };
    return { kind: 'applied', changes, poisoned, refresh: inputs.refresh, ...nothing };
  }
  const merged = await mergeInto(deps.mirror, tx, withReturning(inputs, returned), held);
  if (merged.kind === 'locks-missing') return merged;
  if (changes.length > 0) await tx.applied(changes);
  return { kind: 'applied', changes, poisoned, refresh: inputs.refresh, returned, ...merged.sums };
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

type Sums = Pick<Applied, 'touched' | 'written' | 'aside' | 'returning'>;

/** Parents before their children, as in the statements themselves. */
function withReturning({ byObject }: LaneInputs, returned: readonly RecordRef[]): readonly Batch[] {
  return mirroredObjectNames.flatMap((object) => {
    const inputs = byObject.find((one) => one.object === object)?.inputs ?? [];
    const revisit = returned.filter((one) => one.object === object).map(({ recordId }) => recordId);
    return inputs.length + revisit.length === 0 ? [] : [{ object, inputs, revisit }];
  });
}

/** Lanes, then SKUs, then rows, products before prices before accounts: the one order in which everybody locks. */
async function mergeInto(
  mirror: Mirror,
  tx: LaneTransaction,
  batches: readonly Batch[],
  held: HeldLocks,
): Promise<LocksMissing | { readonly kind: 'merged'; readonly sums: Sums }> {
  const locks = withNamed(mirror, held, batches);
  await lock(tx, locks);
  const touched: TouchedRecord[] = [];
  const returning: RecordRef[] = [];
  let [written, aside] = [0, 0];
  for (const batch of batches) {
    const outcome = await applyBatch(mirror, tx, batch, { held: locks, arrivals: 'later' });
    if (outcome.kind === 'locks-missing') {
      const { skus } = withMissing(locks, outcome);
      return { ...outcome, skus: skus === 'all' ? [] : [...skus] };
    }
    touched.push(...outcome.touched);
    returning.push(...outcome.returning);
    written += outcome.written;
    aside += outcome.aside;
  }
  return { kind: 'merged', sums: { touched, written, aside, returning } };
}

/** The SKUs that the statements name are locked with the first attempt. */
function withNamed(mirror: Mirror, held: HeldLocks, batches: readonly Batch[]): HeldLocks {
  const products = batches.filter(({ object }) => object === 'Product2').flatMap(({ inputs }) => inputs);
  if (held.skus === 'all' || products.length === 0) return held;
  return { ...held, skus: new Set([...held.skus, ...namedSkus(mirror, products)]) };
}
