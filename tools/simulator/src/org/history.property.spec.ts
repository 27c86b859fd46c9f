import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Edit } from './edit.ts';
import { idOf } from './ids.ts';
import { openOrg } from './open-org.ts';
import type { Org } from './org.ts';
import type { SfRecord } from './record.ts';
import type { Commit } from './commit.ts';

const objects = ['Account', 'Product2', 'PricebookEntry'] as const;
type State = Map<string, SfRecord>;

function stateOf(org: Org): State {
  const state: State = new Map();
  const snapshot = org.truth();
  for (const object of objects) {
    const table = snapshot.table(object);
    const stored = (org.schema.object(object)?.fields ?? [])
      .filter((field) => !field.compound && field.derivedFrom === undefined)
      .map((field) => field.name);
    for (const ordinal of table.ordinals({}, true)) {
      const record = table.record(ordinal, stored);
      state.set(String(record['Id']), withoutNulls(record));
    }
  }
  snapshot.release();
  return state;
}

const withoutNulls = (record: SfRecord): SfRecord =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null));

/** The quick comparison first: the explaining one takes long, and is wanted only when they differ. */
function expectEqual(left: unknown, right: unknown): void {
  if (!isDeepStrictEqual(left, right)) expect(left).toEqual(right);
}

function replay(state: State, commit: Commit): void {
  for (const { recordId, changeType, before, after } of commit.changes) {
    if (changeType === 'ERASE') state.delete(recordId);
    else if (before === null || changeType === 'UNDELETE') state.set(recordId, { Id: recordId, ...after });
    else {
      const old = state.get(recordId);
      for (const [field, value] of Object.entries(before)) {
        if ((old?.[field] ?? null) !== value)
          throw new Error(`${recordId}.${field} was not ${String(value)} before`);
      }
      state.set(recordId, withoutNulls({ Id: recordId, ...old, ...after }));
    }
  }
}

const account = fc.integer({ min: 1, max: 60 }).map((n) => idOf('001', n));
const product = fc.integer({ min: 1, max: 48 }).map((n) => idOf('01t', n));
const price = fc.integer({ min: 1, max: 160 }).map((n) => idOf('01u', n));
const anyId = fc.oneof(account, product, price);
const text = fc.constantFrom('', ' padded ', 'Ω', 'a,b;"c"\nd', '🙂', 'FTTH;VDSL', 'x'.repeat(80));

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({
    op: fc.constant('update' as const),
    object: fc.constant('Account'),
    id: account,
    fields: fc.record({ Phone: text, Internet_Eligibility__c: text }),
  }),
  fc.record({
    op: fc.constant('update' as const),
    object: fc.constant('Product2'),
    id: product,
    fields: fc.record({ StockKeepingUnit: text, IsActive: fc.boolean() }),
  }),
  fc.record({
    op: fc.constant('update' as const),
    object: fc.constant('PricebookEntry'),
    id: price,
    fields: fc.record({ UnitPrice: fc.integer({ min: 0, max: 10_000 }).map((n) => n / 1000) }),
  }),
  fc.record({
    op: fc.constant('update' as const),
    object: fc.constant('Account'),
    id: account,
    fields: fc.record({ ParentId: account }),
  }),
  fc.record({
    op: fc.constant('create' as const),
    object: fc.constant('Account'),
    fields: fc.record({ Name: text, Do_Not_Market__c: fc.boolean() }),
  }),
  fc.record({
    op: fc.constant('create' as const),
    object: fc.constant('Product2'),
    fields: fc.record({ Name: fc.constant('P'), StockKeepingUnit: text }),
  }),
  fc.record({
    op: fc.constant('create' as const),
    object: fc.constant('PricebookEntry'),
    fields: fc.record({
      Product2Id: product,
      Pricebook2Id: fc.constantFrom(idOf('01s', 1), idOf('01s', 2)),
      UnitPrice: fc.constant(5),
      CurrencyIsoCode: fc.constantFrom('EUR', 'JPY'),
    }),
  }),
  fc.record({
    op: fc.constantFrom('delete' as const, 'undelete' as const, 'hardDelete' as const),
    id: anyId,
  }),
  fc.record({
    op: fc.constant('merge' as const),
    object: fc.constant('Account'),
    winner: account,
    losers: fc.array(account, { minLength: 1, maxLength: 2 }),
  }),
  fc.record({ op: fc.constant('purge' as const), object: fc.constantFrom(...objects) }),
);

describe('the history', () => {
  it('replayed over the first state gives the last one, and its before values are true', () => {
    const transactions = fc.array(
      fc.record({
        edits: fc.array(edit, { minLength: 1, maxLength: 6 }),
        allOrNone: fc.boolean(),
        commitDelay: fc.constantFrom(0, 0, 30),
        wait: fc.integer({ min: 0, max: 40 }),
      }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(transactions, (steps) => {
        const org = openOrg({ scale: 'demo', seed: 3, hostClock: () => Date.UTC(2026, 0, 1) });
        try {
          const state = stateOf(org);
          const seen: Commit[] = [];
          org.onCommit((commit) => seen.push(commit));
          const held = org.read();
          const before = held.table('Account').count(true);
          for (const { edits, allOrNone, commitDelay, wait } of steps) {
            org.transact(edits, { allOrNone, commitDelay });
            org.clock.advance(wait * 1000);
          }
          org.clock.advance(60_000);
          expectEqual([...org.history.commits()], seen);
          let last = 0n;
          for (const commit of seen) {
            expect(commit.commitNumber > last).toBe(true);
            last = commit.commitNumber;
            replay(state, commit);
          }
          expectEqual(state, stateOf(org));
          expect(held.table('Account').count(true)).toBe(before);
          held.release();
          const counts = org.truth();
          for (const object of objects) {
            const table = counts.table(object);
            expect(table.count()).toBe([...table.ordinals()].length);
            expect(table.count(true)).toBe([...table.ordinals({}, true)].length);
          }
          counts.release();
        } finally {
          org.close();
        }
      }),
      { numRuns: 40 },
    );
  });
});
