import {
  isUmbraError,
  poisonInput,
  type ChangeLog,
  type Clock,
  type CoverageLedger,
  type LaneTransaction,
  type MergeInput,
  type PendingChange,
  type TouchedRecord,
} from '@umbra/domain';
import type { SchemaBook } from '../ingest/schema-book.ts';
import type { Mirror } from '../mirror/mirror.ts';
import { applyBatch } from './apply-batch.ts';
import { isFaultOfTheBatch } from './batch-fault.ts';
import { BatchSize } from './batch-size.ts';
import { laneInputs, schemasToPrepare, type LaneInputs, type WantedRefresh } from './lane-inputs.ts';
import { namedSkus, type HeldSkus } from './sku-claims.ts';
import { dropCached } from './touched.ts';

/** One committed batch; the composition root makes metrics and a log line of it. */
export interface LaneReport {
  readonly lane: number;
  readonly changes: readonly PendingChange[];
  readonly written: number;
  readonly aside: number;
  /** Changes that could not be merged as what they are. */
  readonly poisoned: readonly PendingChange[];
  /** Milliseconds from the look at the log to the end of the invalidation. */
  readonly took: number;
}

export interface ApplyDeps {
  readonly mirror: Mirror;
  readonly changes: ChangeLog;
  readonly schemas: SchemaBook;
  readonly ledger: CoverageLedger;
  readonly clock: Clock;
  /** Asked for reads that complete records (gaps, text diffs, poison). Losing a request costs time only. */
  readonly refresh: (wanted: readonly WantedRefresh[]) => void;
  /** Called for a schema before its first event is applied. */
  readonly onSchema?: (schemaId: string, first: PendingChange) => Promise<void>;
  readonly onApplied?: (report: LaneReport) => void;
}

export interface DrainResult {
  readonly applied: number;
  /** Another worker holds the lane: it will see what we saw. */
  readonly taken: boolean;
}

const CONFLICTS = 5;
/** After so many attempts with ever more SKU locks, all of them are taken. */
const LOCK_ATTEMPTS = 3;

/**
 * Applies everything that waits in a lane, batch after batch, then looks once more.
 *
 * Promise: the applied position moves in the transaction that writes the rows, so after a crash a batch has happened
 * or has not, and happening twice changes nothing. A batch that cannot be applied is cut down until the change that
 * is at fault stands alone; that one becomes poison (its record is dirty until a read has told) and the lane goes on.
 *
 * Cross-lane moves (the prices of a leaving product, a SKU that changes hands) happen in the same transaction. Two
 * lanes that meet there are set back by the server; the batch is repeated, smaller each time, so one of them gets by.
 *
 * @throws UmbraError STORE_* when the store is away, SF_* when a schema or describe cannot be had: nothing is skipped
 */
export async function drainLane(deps: ApplyDeps, lane: number, signal?: AbortSignal): Promise<DrainResult> {
  const size = new BatchSize();
  let applied = 0;
  while (signal?.aborted !== true) {
    const outcome = await drainBatch(deps, lane, size);
    if (outcome === 'taken') return { applied, taken: true };
    if (outcome === 0) break;
    applied += outcome;
  }
  return { applied, taken: false };
}

/** What one transaction came to. */
type Attempt =
  | { readonly kind: 'empty' }
  | {
      readonly kind: 'prepare';
      readonly changes: readonly PendingChange[];
      readonly schemas: readonly string[];
    }
  | { readonly kind: 'locks-missing'; readonly skus: readonly string[] }
  | Applied;

interface Applied {
  readonly kind: 'applied';
  readonly changes: readonly PendingChange[];
  readonly touched: readonly TouchedRecord[];
  readonly refresh: readonly WantedRefresh[];
  readonly written: number;
  readonly aside: number;
  readonly poisoned: readonly PendingChange[];
}

/** @returns number of changes applied */
async function drainBatch(deps: ApplyDeps, lane: number, size: BatchSize): Promise<number | 'taken'> {
  let held: HeldSkus = new Set();
  let conflicts = 0;
  let fault: Fault | undefined;
  let seen: readonly PendingChange[] = [];
  const unreadable = new Set<string>();
  for (let locking = 1; ;) {
    const started = deps.clock.monotonic();
    let attempt: Attempt | undefined;
    try {
      const terms: Terms = { size, held, fault, unreadable, looked: (changes) => (seen = changes) };
      attempt = await deps.mirror.revisions.having(() =>
        deps.changes.withLane(lane, (tx) => applyNext(deps, tx, terms)),
      );
    } catch (error) {
      if (isUmbraError(error) && error.code === 'STORE_CONFLICT' && ++conflicts <= CONFLICTS) {
        size.halve();
        await deps.clock.sleep(pauseAfter(conflicts, lane));
        continue;
      }
      if (!isFaultOfTheBatch(error) || fault?.passBy === true) throw error;
      if (seen.length === 1) fault = await faultOf(deps, error, seen, fault);
      else size.halve();
      continue;
    }
    if (attempt === undefined) return 'taken';
    switch (attempt.kind) {
      case 'empty':
        return 0;
      case 'prepare':
        await prepare(deps, attempt.changes, attempt.schemas, unreadable);
        continue;
      case 'locks-missing':
        held = ++locking > LOCK_ATTEMPTS ? 'all' : union(held, attempt.skus);
        continue;
      case 'applied':
        await finish(deps, lane, attempt, started, size);
        return attempt.changes.length;
    }
  }
}

async function prepare(
  deps: ApplyDeps,
  changes: readonly PendingChange[],
  schemas: readonly string[],
  unreadable: Set<string>,
): Promise<void> {
  // Before the transaction, not within: it would hold rows and lanes for as long as Salesforce takes to answer.
  for (const schemaId of schemas) {
    try {
      await deps.schemas.prepare(schemaId);
    } catch (error) {
      if (!isUmbraError(error) || !isLostSchema(error.code)) throw error;
      unreadable.add(schemaId);
      continue;
    }
    const first = changes.find((change) => change.schemaId === schemaId);
    if (first !== undefined) await deps.onSchema?.(schemaId, first);
  }
}

/** What a transaction is to be tried with. */
interface Terms {
  readonly size: BatchSize;
  readonly held: HeldSkus;
  readonly fault: Fault | undefined;
  readonly unreadable: ReadonlySet<string>;
  /** Told which changes the transaction is about. */
  readonly looked: (changes: readonly PendingChange[]) => void;
}

/** Why the next change stands alone: it failed as what it is (then it is poison), or even as poison. */
interface Fault {
  readonly error: unknown;
  readonly change: PendingChange;
  readonly passBy: boolean;
}

/** Declared before the change is passed by, and outside the transaction, which must not wait for a connection. */
async function faultOf(
  deps: ApplyDeps,
  error: unknown,
  [change]: readonly PendingChange[],
  before: Fault | undefined,
): Promise<Fault | undefined> {
  if (change === undefined) return before;
  const passBy = before !== undefined && isSameChange(before.change, change);
  if (passBy) await declarePoison(deps.ledger, change);
  return { error, change, passBy };
}

function isSameChange(a: PendingChange, b: PendingChange): boolean {
  return (
    a.streamId === b.streamId &&
    a.streamSeq === b.streamSeq &&
    a.object === b.object &&
    a.recordId === b.recordId
  );
}

async function applyNext(deps: ApplyDeps, tx: LaneTransaction, terms: Terms): Promise<Attempt> {
  const { held, size, unreadable } = terms;
  const changes = await tx.pending(terms.fault === undefined ? size.limit : { ...size.limit, changes: 1 });
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

/** The record takes no statement at all, so its row cannot say that it is dirty: the ledger does, until a read lands. */
async function declarePoison(ledger: CoverageLedger, change: PendingChange): Promise<void> {
  const { committedAt, object, recordId, version } = change;
  const from = new Date(committedAt);
  await ledger.open({ object, scope: 'record', recordId, cause: 'poison', from, version });
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
type Merged =
  | { readonly kind: 'locks-missing'; readonly skus: readonly string[] }
  | { readonly kind: 'merged'; readonly sums: Sums };

/** Products before prices before accounts: the one order in which every transaction takes its locks. */
async function mergeInto(
  mirror: Mirror,
  tx: LaneTransaction,
  { byObject }: LaneInputs,
  held: HeldSkus,
): Promise<Merged> {
  const touched: TouchedRecord[] = [];
  let [written, aside] = [0, 0];
  for (const { object, inputs } of byObject) {
    const locks = object === 'Product2' ? await lockSkus(mirror, tx, inputs, held) : held;
    const outcome = await applyBatch(mirror, tx, { object, inputs, revisit: [] }, { held: locks });
    if (outcome.kind === 'locks-missing') return { ...outcome, skus: [...namedOf(locks), ...outcome.skus] };
    touched.push(...outcome.touched);
    written += outcome.written;
    aside += outcome.aside;
  }
  return { kind: 'merged', sums: { touched, written, aside } };
}

async function lockSkus(
  mirror: Mirror,
  tx: LaneTransaction,
  inputs: readonly MergeInput[],
  held: HeldSkus,
): Promise<HeldSkus> {
  if (held === 'all') {
    await tx.lockAllSkus();
    return held;
  }
  const skus = new Set([...held, ...namedSkus(mirror, inputs)]);
  await tx.lockSkus([...skus].sort());
  return skus;
}

async function finish(
  deps: ApplyDeps,
  lane: number,
  applied: Applied,
  started: number,
  size: BatchSize,
): Promise<void> {
  await dropCached(deps.mirror, applied.touched);
  if (applied.refresh.length > 0) deps.refresh(applied.refresh);
  const took = deps.clock.monotonic() - started;
  size.took(took, applied.changes.length);
  const { aside, changes, poisoned, written } = applied;
  deps.onApplied?.({ lane, changes, written, aside, poisoned, took });
}

function namedOf(held: HeldSkus): readonly string[] {
  return held === 'all' ? [] : [...held];
}

function union(held: HeldSkus, skus: readonly string[]): HeldSkus {
  return held === 'all' ? held : new Set([...held, ...skus]);
}

/** Salesforce no longer knows the schema, or it is none: the records named are read instead. */
function isLostSchema(code: string): boolean {
  return code === 'SF_SCHEMA_UNKNOWN' || code === 'SF_EVENT_UNDECODABLE';
}

/** Grows with each conflict, and differs between the lanes that may have met. */
function pauseAfter(conflicts: number, lane: number): number {
  return 5 * 2 ** conflicts + (lane % 16) * 3;
}
