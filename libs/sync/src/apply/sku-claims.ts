import {
  isActiveProduct,
  mirroredObjects,
  winnerOf,
  type Claim,
  type MergeInput,
  type ShadowTransaction,
} from '@umbra/domain';
import type { Mirror } from '../mirror/mirror.ts';
import { mergeRecords, type BatchRecord } from './batch.ts';
import { holdsRecord, holdsSku, lanesOf, type HeldLocks, type LocksMissing } from './held-locks.ts';

/**
 * Who may stand in the shadow table under a SKU, when several products claim it.
 *
 * All decisions on a SKU are taken under its lock, and locks come before rows. Which SKUs a batch touches is known for
 * certain only after the merge (a product may give up one that no statement names), so the batch says which locks it
 * lacks and is done again with them.
 */

/** SKUs that the statements themselves name. */
export function namedSkus(mirror: Mirror, inputs: readonly MergeInput[]): Set<string> {
  const skus = new Set<string>();
  const { uniqueColumn } = mirroredObjects.Product2;
  const leaf = mirror.projector('Product2').columns.find(({ column }) => column === uniqueColumn)?.leaf;
  for (const input of inputs) {
    const value = leaf !== undefined && 'leaves' in input ? input.leaves[leaf] : null;
    if (value !== null && value !== undefined) skus.add(String(value));
  }
  return skus;
}

function claimOf({ recordId, state }: BatchRecord): Claim {
  return { recordId, active: isActiveProduct(state.leaves) };
}

/** SKUs whose claims are to be weighed because of this record: what it gives up, what it takes, what it waits for. */
function contestedBy(mirror: Mirror, record: BatchRecord): string[] {
  const { before, projection, state } = record;
  const own = projection.uniqueKey === null ? [] : [projection.uniqueKey];
  if (before === undefined || before.state === state) return own;
  const former = mirror
    .projector('Product2')
    .project(before.state, mirror.revisions.of('Product2')).uniqueKey;
  const sameWeight = isActiveProduct(before.state.leaves) === isActiveProduct(state.leaves);
  if (before.home.kind === 'main' && former === projection.uniqueKey && sameWeight) return [];
  return former === null ? own : [former, ...own];
}

export type SkuOutcome =
  | {
      readonly kind: 'decided';
      /** The batch and its rivals; whose home depends on the decision is marked. */
      readonly records: readonly BatchRecord[];
      readonly wins: (record: BatchRecord) => boolean;
    }
  | LocksMissing;

/**
 * Adds to a batch of products the other claimants of every SKU that it contests, and decides between them.
 * @param batch merged records; the claimants of the SKUs in `fetched` are among them
 */
export async function decideSkus(
  mirror: Mirror,
  tx: ShadowTransaction,
  batch: readonly BatchRecord[],
  fetched: ReadonlySet<string>,
  held: HeldLocks,
): Promise<SkuOutcome> {
  let records = batch;
  const known = new Set(fetched);
  for (;;) {
    const deciding = records.filter(({ decide }) => decide);
    const contested = new Set(deciding.flatMap((record) => contestedBy(mirror, record)));
    if ([...contested].some((sku) => !holdsSku(held, sku))) {
      return { kind: 'locks-missing', skus: [...contested], lanes: [], movers: [] };
    }
    const unseen = [...contested].filter((sku) => !known.has(sku));
    if (unseen.length === 0) return decided(records, contested);
    const ids = await rivals(tx, records, unseen);
    const foreign = [...ids].filter((id) => !holdsRecord(held, 'Product2', id));
    if (foreign.length > 0) {
      const isUnseen = (sku: string): boolean => unseen.includes(sku);
      const movers = deciding.filter((record) => contestedBy(mirror, record).some(isUnseen));
      return {
        kind: 'locks-missing',
        skus: [...contested],
        lanes: lanesOf('Product2', foreign),
        movers: movers.map(({ recordId }) => recordId),
      };
    }
    records = [...records, ...(await mergeRecords(mirror, tx, 'Product2', [...ids], new Map(), ids))];
    for (const sku of unseen) known.add(sku);
  }
}

/**
 * Claimants that are not in the batch yet. They are decided on as well: after a change of the field map a rival may
 * itself be about to give up the SKU that it was stored with.
 */
async function rivals(
  tx: ShadowTransaction,
  records: readonly BatchRecord[],
  skus: readonly string[],
): Promise<ReadonlySet<string>> {
  const present = new Set(records.map(({ recordId }) => recordId));
  const claimants = await tx.claimants(skus);
  return new Set(claimants.map(({ recordId }) => recordId).filter((id) => !present.has(id)));
}

/** A record whose SKU nobody contests stays where it was: nothing about that SKU's claims has changed. */
function decided(records: readonly BatchRecord[], contested: ReadonlySet<string>): SkuOutcome {
  const claims = new Map<string, Claim[]>();
  const isContested = ({ projection }: BatchRecord): boolean =>
    projection.uniqueKey !== null && contested.has(projection.uniqueKey);
  for (const record of records.filter(isContested)) {
    const sku = record.projection.uniqueKey ?? '';
    claims.set(sku, [...(claims.get(sku) ?? []), claimOf(record)]);
  }
  const winner = new Map([...claims].map(([sku, claimants]) => [sku, winnerOf(claimants)]));
  return {
    kind: 'decided',
    records: records.map((record) => (isContested(record) ? { ...record, decide: true } : record)),
    wins: (record) =>
      !isContested(record) || winner.get(record.projection.uniqueKey ?? '') === record.recordId,
  };
}
