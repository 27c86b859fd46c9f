import { describe, expect, it } from '@jest/globals';
import {
  canonicalLeaf,
  eventVersion,
  leafSchemaOf,
  mirroredObjects,
  readStamp,
  type Leaves,
  type LeafValue,
  type MergeInput,
  type MirroredObjectName,
  type StoredRecord,
  type Version,
} from '@umbra/domain';
import { applyInputs, runBackfill } from '@umbra/sync';
import { buildAccount, buildPricebookEntry, buildProduct2, recordId, smallOrg } from '@umbra/testing';
import fc from 'fast-check';
import { withMirror, type MirrorUnderTest } from './with-mirror.ts';

const objects = ['Product2', 'PricebookEntry', 'Account'] as const;
const COUNT = 60;

/** What was known of a record before the page came. Versions with commit 0 lie below every read, others above. */
const pasts = [
  'nothing',
  'older read',
  'older read of an older revision',
  'older read and a newer change',
  'older read and an older change',
  'older read and an older change of a leaf that is gone',
  'newer image',
  'newer deletion',
  'older deletion',
  'older gap',
  'newer gap',
  'older change only',
] as const;

interface World {
  readonly seed: number;
  readonly pasts: readonly (typeof pasts)[number][];
}

const world: fc.Arbitrary<World> = fc.record({
  seed: fc.nat(1000),
  pasts: fc.array(fc.constantFrom(...pasts), { minLength: COUNT, maxLength: COUNT }),
});

function rowOf(object: MirroredObjectName, n: number, seed: number): Leaves {
  const odd = (n * 7 + seed) % 11;
  switch (object) {
    case 'Product2':
      return buildProduct2({
        Id: recordId('01t', n),
        StockKeepingUnit: odd === 0 ? null : odd === 1 ? 'SHARED' : `SKU-${String(n)}`,
        Description: 'quotes " and \\ and \n and \u2028 and 😀',
        IsDeleted: odd === 2,
        Label__c: `label ${String(n)}`,
      });
    case 'PricebookEntry':
      return buildPricebookEntry({
        Id: recordId('01u', n),
        Product2Id: recordId('01t', odd === 3 ? 999 : n),
        UnitPrice: odd === 4 ? '0.001' : odd === 5 ? '1e2' : '1234567890.50',
      });
    case 'Account':
      return buildAccount({
        Id: recordId('001', n),
        NumberOfEmployees: odd === 6 ? null : -n,
        BillingStreet: 'a\u0000b',
        Internet_Eligibility__c: odd === 7 ? null : 'FTTH;Cable',
        IsDeleted: odd === 8,
        MasterRecordId: odd === 8 ? recordId('001', 1) : null,
      });
  }
}

const firstLeaf: Readonly<Record<MirroredObjectName, string>> = {
  Product2: 'Name',
  PricebookEntry: 'IsActive',
  Account: 'Name',
};

/** Revision 1: a leaf that the org has dropped since. Revision 2: what describe lists today. */
async function register({ mirror }: MirrorUnderTest, object: MirroredObjectName): Promise<void> {
  const { stored } = leafSchemaOf(mirroredObjects[object], smallOrg[object]);
  await mirror.store.schemaRevision(object, [...stored.slice(1), 'Dropped__c']);
  await mirror.store.schemaRevision(object, stored);
}

function past(object: MirroredObjectName, row: Leaves, kind: (typeof pasts)[number]): MergeInput[] {
  const base = { object, recordId: String(row['Id']), modifiedAt: '2025-05-01T00:00:00.000Z' };
  const read = (revision: number): MergeInput => ({
    ...base,
    kind: 'read',
    version: readStamp(0, undefined, 0n),
    image: { revision },
    leaves: { ...canonical(object, row), Dropped__c: 'was here', Description: 'old' },
    readOnly: ['Id', 'SystemModstamp'],
    readAt: '2025-05-01T00:00:00.000Z',
  });
  const event = (version: Version) => ({ ...base, version });
  const [below, above] = [eventVersion(0, 0n, 3), eventVersion(0, 8n, 1)];
  const change = (version: Version, leaf: string, revision = 2): MergeInput => ({
    ...event(version),
    kind: 'update',
    revision,
    leaves: { [leaf]: leaf === 'IsActive' ? false : 'changed' },
    changed: [leaf],
    nulled: [],
    diffed: [],
  });
  const gap = (version: Version): MergeInput => ({ ...event(version), kind: 'gap', change: 'update' });
  switch (kind) {
    case 'nothing':
      return [];
    case 'older read':
      return [read(2)];
    case 'older read of an older revision':
      return [read(1)];
    case 'older read and a newer change':
      return [read(2), change(above, firstLeaf[object])];
    case 'older read and an older change':
      return [read(2), change(below, firstLeaf[object])];
    case 'older read and an older change of a leaf that is gone':
      return [read(2), change(below, 'Dropped__c', 1)];
    case 'newer image':
      return [
        {
          ...event(above),
          kind: 'create',
          revision: 2,
          leaves: { ...canonical(object, row), IsActive: false },
        },
      ];
    case 'newer deletion':
      return [read(2), { ...event(above), kind: 'delete', masterId: null }];
    case 'older deletion':
      return [read(2), { ...event(below), kind: 'delete', masterId: null }];
    case 'older gap':
      return [read(2), gap(below)];
    case 'newer gap':
      return [read(2), gap(above)];
    case 'older change only':
      return [change(below, firstLeaf[object])];
  }
}

async function prepare(under: MirrorUnderTest, { pasts: kinds, seed }: World): Promise<void> {
  for (const object of objects) {
    await register(under, object);
    const rows = kinds.map((_, i) => rowOf(object, i + 1, seed));
    await applyInputs(
      under.mirror,
      object,
      rows.flatMap((row, i) => past(object, row, kinds[i] ?? 'nothing')),
    );
    under.org.put(...rows);
  }
}

/** The row's leaves with a value, made canonical one by one. */
function canonical(object: MirroredObjectName, row: Leaves): Record<string, LeafValue> {
  const leaves: Record<string, LeafValue> = {};
  for (const { name, type } of leafSchemaOf(mirroredObjects[object], smallOrg[object]).leaves) {
    const value = canonicalLeaf(type, row[name]);
    if (value !== null) leaves[name] = value;
  }
  return leaves;
}

/** What the pages said, as statements. */
function statements(
  object: MirroredObjectName,
  rows: readonly Leaves[],
  version: Version,
  readAt: string,
): MergeInput[] {
  const { readOnly } = leafSchemaOf(mirroredObjects[object], smallOrg[object]);
  return rows.map((row) => {
    const leaves = canonical(object, row);
    const base = {
      object,
      recordId: String(row['Id']),
      version,
      modifiedAt: String(leaves['SystemModstamp']),
    };
    if (leaves['IsDeleted'] === true) {
      const master = leaves['MasterRecordId'];
      return { ...base, kind: 'read-deleted', masterId: typeof master === 'string' ? master : null };
    }
    return { ...base, kind: 'read', image: { revision: 2 }, leaves, readOnly, readAt };
  });
}

async function states({ store }: MirrorUnderTest): Promise<StoredRecord[]> {
  const found: StoredRecord[] = [];
  for (const object of objects) {
    const ids = await store.shadow.recordIdsAfter(object, '', 1000);
    const known = await store.shadow.peek(object, ids);
    found.push(...ids.map((id) => known.get(id)).filter((record) => record !== undefined));
  }
  return found;
}

async function userColumns({ db }: MirrorUnderTest): Promise<unknown> {
  return {
    products: await db.rows(
      'SELECT product_id, sku, name, item_class, offering_type, plan_tier, vpn_region FROM sf_product_shadow ORDER BY 1',
    ),
    prices: await db.rows(
      'SELECT pricebook_entry_id, product_id, pricebook_id, unit_price, currency_iso_code, is_active FROM sf_pricebook_shadow ORDER BY 1',
    ),
    accounts: await db.rows(
      'SELECT account_id, internet_eligibility, eligibility_source FROM sf_account_eligibility_shadow ORDER BY 1',
    ),
  };
}

describe('the set-based path', () => {
  it('3: leaves exactly what the merge would have left, state and columns, whatever was there before', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (one) => {
        const fast = await withMirror(async (under) => {
          await prepare(under, one);
          const { run } = await runBackfill(under.deps(), { objects });
          const slices = await under.store.runs.slices(run);
          return { slices, states: await states(under), columns: await userColumns(under) };
        });
        const slow = await withMirror(async (under) => {
          await prepare(under, one);
          for (const { object, stamp, readAt } of fast.slices) {
            if (stamp === null || readAt === null) throw new Error('the slice was not read');
            const rows = [...under.org.tableOf(object).values()];
            await applyInputs(under.mirror, object, statements(object, rows, stamp, readAt.toISOString()));
          }
          return { states: await states(under), columns: await userColumns(under) };
        });
        expect(fast.states).toEqual(slow.states);
        expect(fast.columns).toEqual(slow.columns);
        expect(fast.states.length).toBe(3 * COUNT);
      }),
      { numRuns: 3 },
    );
  });
});
