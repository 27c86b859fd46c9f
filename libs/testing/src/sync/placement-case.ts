import fc from 'fast-check';
import {
  comesFirst,
  eventVersion,
  isActiveProduct,
  mirroredObjects,
  readStamp,
  type Leaves,
  type MergeInput,
  type MirroredObjectName,
  type Projector,
  type Revisions,
  type StoredRecord,
} from '@umbra/domain';
import { recordId } from '../builders/record-ids.ts';

/** Stored leaves of the objects in a placement case, in the order of `schemaRevision`. */
export const placementLeaves = {
  Product2: ['IsActive', 'IsArchived', 'Name', 'StockKeepingUnit'],
  PricebookEntry: ['CurrencyIsoCode', 'IsActive', 'Pricebook2Id', 'Product2Id', 'UnitPrice'],
} as const;

/** Statements about few products that claim few SKUs, and about their prices: everything gets in everyone's way. */
export interface PlacementCase {
  readonly statements: readonly MergeInput[];
  /** Another order of the same statements, some of them twice, and where to cut it into batches. */
  readonly other: readonly MergeInput[];
  readonly cuts: readonly number[];
}

const SKUS = ['A', 'A', 'A', 'A', 'B', 'B', 'B', 'C', null];
const PRICES = ['9.99', '9.999', '99999999999', null, '5'];

const product = fc.record({
  kind: fc.constantFrom('read', 'read', 'read', 'update', 'update', 'create', 'delete' as const),
  id: fc.integer({ min: 1, max: 3 }),
  sku: fc.constantFrom(...SKUS),
  active: fc.boolean(),
  named: fc.integer({ min: 0, max: 12 }),
});

const price = fc.record({
  kind: fc.constantFrom('read', 'read', 'update', 'delete', 'gap' as const),
  id: fc.integer({ min: 1, max: 4 }),
  parent: fc.integer({ min: 1, max: 4 }),
  amount: fc.constantFrom(...PRICES),
});

type Said = {
  readonly object: 'Product2' | 'PricebookEntry';
  readonly kind: string;
  readonly id: number;
  readonly leaves: Leaves;
};

function statement(said: Said, commit: number): MergeInput {
  const { object, kind, leaves } = said;
  const base = {
    object,
    recordId: recordId(object === 'Product2' ? '01t' : '01u', said.id),
    modifiedAt: new Date(1_700_000_000_000 + commit * 1000).toISOString(),
  };
  const event = { ...base, version: eventVersion(0, BigInt(commit), 1) };
  switch (kind) {
    case 'create':
      return { ...event, kind: 'create', revision: 1, leaves };
    case 'update': {
      // Only some leaves change: a record that nothing else is known of stays incomplete.
      const changed = Object.keys(leaves).slice(0, 2 + (commit % 3));
      const nulled = changed.filter((leaf) => leaves[leaf] === null);
      return { ...event, kind: 'update', revision: 1, leaves, changed, nulled, diffed: [] };
    }
    case 'delete':
      return { ...event, kind: 'delete', masterId: null };
    case 'gap':
      return { ...event, kind: 'gap', change: 'update' };
    default:
      return {
        ...base,
        kind: 'read',
        version: readStamp(0, BigInt(commit), BigInt(commit)),
        image: { revision: 1 },
        leaves,
        readOnly: [],
        readAt: base.modifiedAt,
      };
  }
}

const said: fc.Arbitrary<Said> = fc.oneof(
  product.map(({ kind, id, sku, active, named }): Said => {
    const leaves = {
      StockKeepingUnit: sku,
      IsActive: active,
      Name: named === 0 ? null : `Product ${String(id)}`,
      IsArchived: false,
    };
    return { object: 'Product2', kind, id, leaves };
  }),
  price.map(({ kind, id, parent, amount }): Said => {
    const leaves = {
      UnitPrice: amount,
      Product2Id: recordId('01t', parent),
      Pricebook2Id: recordId('01s', 1),
      CurrencyIsoCode: 'EUR',
      IsActive: true,
    };
    return { object: 'PricebookEntry', kind, id, leaves };
  }),
);

export const placementCase: fc.Arbitrary<PlacementCase> = fc
  .array(said, { minLength: 3, maxLength: 24 })
  .map((all) => all.map((one, i) => statement(one, i + 1)))
  .chain((statements) =>
    fc.record({
      statements: fc.constant(statements),
      other: fc
        .tuple(
          fc.shuffledSubarray(statements, { minLength: statements.length }),
          fc.subarray([...statements]),
        )
        .map(([shuffled, again]) => [...shuffled, ...again]),
      cuts: fc.array(fc.integer({ min: 1, max: statements.length }), { maxLength: 12 }),
    }),
  );

/** Batches of one object each, as a consumer would hand them on. */
export function batchesOf(
  statements: readonly MergeInput[],
  cuts: readonly number[],
): readonly { readonly object: MirroredObjectName; readonly inputs: readonly MergeInput[] }[] {
  const bounds = [0, ...cuts.toSorted((a, b) => a - b), statements.length];
  return bounds.slice(1).flatMap((end, i) => {
    const slice = statements.slice(bounds[i] ?? 0, end);
    return (['Product2', 'PricebookEntry'] as const)
      .map((object) => ({ object, inputs: slice.filter((input) => input.object === object) }))
      .filter(({ inputs }) => inputs.length > 0);
  });
}

/**
 * What is wrong with where records live, judged from all states at once: the rule of placement without any of the
 * bookkeeping that keeps it up batch by batch.
 */
export function misplaced(
  records: readonly StoredRecord[],
  projectorOf: (object: MirroredObjectName) => Projector,
  revisionsOf: (object: MirroredObjectName) => Revisions,
): string[] {
  const known = records.map((record) => ({
    ...record,
    projection: projectorOf(record.state.object).project(record.state, revisionsOf(record.state.object)),
  }));
  const products = known.filter(({ state }) => state.object === 'Product2');
  const rank = ({ state }: StoredRecord) => ({
    recordId: state.recordId,
    active: isActiveProduct(state.leaves),
  });
  const expectedOf = (record: (typeof known)[number]): string => {
    const { projection, state } = record;
    if (projection.reason !== null) return projection.reason;
    if (state.object === 'Product2') {
      const rivals = products.filter(({ projection: p }) => p.uniqueKey === projection.uniqueKey);
      return rivals.every((rival) => rival === record || comesFirst(rank(record), rank(rival)))
        ? 'main'
        : 'sku_taken';
    }
    if (mirroredObjects[state.object].parent === undefined) return 'main';
    const parent = products.find(({ state: p }) => p.recordId === projection.parentKey);
    return parent !== undefined && expectedOf(parent) === 'main' ? 'main' : 'product_missing';
  };
  return known.flatMap((record) => {
    const actual = record.home.kind === 'main' ? 'main' : record.home.reason;
    const expected = expectedOf(record);
    return actual === expected ? [] : [`${record.state.recordId} is ${actual}, not ${expected}`];
  });
}
