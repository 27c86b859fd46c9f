import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { idOf } from './ids.ts';
import { openOrg } from './open-org.ts';
import type { Org } from './org.ts';
import type { SfRecord } from './record.ts';

const START = Date.UTC(2026, 2, 1, 12, 0, 0, 250);
const STANDARD = idOf('01s', 1);
const PARTNER = idOf('01s', 2);
const GOLD = idOf('01t', 3);

let org: Org;
let host: number;

beforeEach(() => {
  host = START;
  org = openOrg({ scale: 'demo', seed: 7, hostClock: () => host });
});
afterEach(() => org.close());

function read(object: string, id: string, all = false): SfRecord | undefined {
  const snapshot = org.truth();
  const record = snapshot.get(object, id, { all });
  snapshot.release();
  return record;
}

function create(object: string, fields: SfRecord): string {
  const { results } = org.transact([{ op: 'create', object, fields }]);
  expect(results[0]?.errors).toEqual([]);
  return results[0]?.id ?? '';
}

const pricesOf = (product: string): SfRecord[] => {
  const snapshot = org.truth();
  const prices = snapshot.table('PricebookEntry');
  const found = [...prices.ordinals({}, true)]
    .map((ordinal) => prices.record(ordinal))
    .filter((price) => price['Product2Id'] === product);
  snapshot.release();
  return found;
};

describe('a transaction', () => {
  it('creates with defaults, trimmed text and whole-second stamps, and numbers its commit', () => {
    const { results, commit } = org.transact(
      [
        {
          op: 'create',
          object: 'Product2',
          fields: { Name: '  New plan \n', StockKeepingUnit: 'INT-NEW', Description: ' ' },
        },
      ],
      { client: 'shop' },
    );
    const id = results[0]?.id ?? '';
    expect(read('Product2', id)).toMatchObject({
      Id: id,
      Name: 'New plan',
      Description: null,
      IsActive: false,
      IsDeleted: false,
      CurrencyIsoCode: 'EUR',
      CreatedDate: '2026-03-01T12:00:00.000+0000',
      SystemModstamp: '2026-03-01T12:00:00.000+0000',
      CreatedById: org.identity.integrationUserId,
    });
    expect(commit).toMatchObject({
      seq: 1,
      commitTimestamp: Math.floor(START / 1000) * 1000,
      client: 'shop',
      changeOrigin: 'com/salesforce/api/rest/62.0;client=shop',
    });
    expect(String(commit?.commitNumber)).toHaveLength(19);
    expect(commit?.changes[0]).toMatchObject({
      object: 'Product2',
      recordId: id,
      changeType: 'CREATE',
      sequenceNumber: 1,
      before: null,
      nulledFields: [],
    });
    expect(commit?.changes[0]?.after).not.toHaveProperty('Description');
  });

  it('tells only what an update changed, what it nulled, and always the modification time', () => {
    host += 5_000;
    const { commit } = org.transact([
      { op: 'update', object: 'Product2', id: GOLD, fields: { Description: '', Name: 'FTTH Gold 1 Gbit/s' } },
    ]);
    const change = commit?.changes[0];
    expect(Object.keys(change?.after ?? {}).sort()).toEqual([
      'Description',
      'LastModifiedById',
      'LastModifiedDate',
      'SystemModstamp',
    ]);
    expect(change?.after['Description']).toBeNull();
    expect(change?.before?.['Description']).toContain('Gigabit');
    expect(change?.nulledFields).toEqual(['Description']);

    const again = org.transact([{ op: 'update', object: 'Product2', id: GOLD, fields: {} }]).commit;
    expect(Object.keys(again?.changes[0]?.after ?? {})).toEqual(['LastModifiedDate']);
  });

  it('collapses several writes to a record into one change', () => {
    const id = create('Account', { Name: 'Twice' });
    const { commit } = org.transact([
      { op: 'update', object: 'Account', id, fields: { Name: 'Once' } },
      { op: 'update', object: 'Account', id, fields: { Name: 'Thrice', Phone: '1' } },
      { op: 'update', object: 'Product2', id: GOLD, fields: { Family: 'Fibre' } },
    ]);
    expect(commit?.changes.map(({ recordId, sequenceNumber }) => [recordId, sequenceNumber])).toEqual([
      [id, 1],
      [GOLD, 2],
    ]);
    expect(commit?.changes[0]?.after).toMatchObject({ Name: 'Thrice', Phone: '1' });
  });

  it('leaves no event-worthy trace of a hard delete, and one whole tombstone of what was born and binned at once', () => {
    const id = create('Account', { Name: 'Short' });
    expect(org.transact([{ op: 'hardDelete', id }]).commit?.changes[0]).toMatchObject({
      changeType: 'ERASE',
      before: {},
      after: {},
    });
    expect(read('Account', id, true)).toBeUndefined();

    // The created price is deleted with its product within the same transaction.
    const { commit } = org.transact([
      {
        op: 'create',
        object: 'PricebookEntry',
        fields: { Product2Id: GOLD, Pricebook2Id: STANDARD, UnitPrice: 1, CurrencyIsoCode: 'JPY' },
      },
      { op: 'delete', id: GOLD },
    ]);
    expect(commit?.changes[0]).toMatchObject({
      object: 'PricebookEntry',
      changeType: 'DELETE',
      cascaded: true,
      before: null,
      after: { UnitPrice: 1, CurrencyIsoCode: 'JPY', IsDeleted: true },
      nulledFields: [],
    });
  });

  it('keeps good rows beside bad ones, or none with allOrNone', () => {
    const edits = [
      { op: 'create', object: 'Account', fields: { Name: 'Good' } },
      { op: 'create', object: 'Account', fields: { Phone: '1' } },
    ] as const;
    const partial = org.transact(edits);
    expect(partial.results.map(({ success }) => success)).toEqual([true, false]);
    expect(partial.commit?.changes).toHaveLength(1);
    const whole = org.transact(edits, { allOrNone: true });
    expect(whole.commit).toBeUndefined();
    expect(whole.results.map(({ id, errors }) => [id, errors[0]?.statusCode])).toEqual([
      [null, 'ALL_OR_NONE_OPERATION_ROLLED_BACK'],
      [null, 'REQUIRED_FIELD_MISSING'],
    ]);
  });

  it.each([
    [
      { op: 'create', object: 'Account', fields: {} },
      'REQUIRED_FIELD_MISSING',
      'Required fields are missing: [Name]',
    ],
    [
      { op: 'create', object: 'Account', fields: { Name: 'x', Nope: 1 } },
      'INVALID_FIELD',
      "No such column 'Nope' on sobject of type Account",
    ],
    [{ op: 'create', object: 'Nope', fields: {} }, 'INVALID_TYPE', "sObject type 'Nope' is not supported."],
    [
      { op: 'create', object: 'Account', fields: { Name: 'x', CreatedDate: '2024-01-01T00:00:00Z' } },
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      'Unable to create/update fields: CreatedDate',
    ],
    [
      { op: 'create', object: 'Account', fields: { Name: 'x'.repeat(256) } },
      'STRING_TOO_LONG',
      'max length=255',
    ],
    [
      { op: 'create', object: 'Account', fields: { Name: 'x', NumberOfEmployees: 1.5 } },
      'INVALID_TYPE_ON_FIELD_IN_RECORD',
      'value not of required type',
    ],
    [
      { op: 'create', object: 'Account', fields: { Name: 'x', ParentId: 'nonsense' } },
      'MALFORMED_ID',
      'id value of incorrect type',
    ],
    [
      { op: 'create', object: 'Account', fields: { Name: 'x', ParentId: idOf('001', 99_999) } },
      'INVALID_CROSS_REFERENCE_KEY',
      'invalid cross reference id',
    ],
    [
      { op: 'create', object: 'Account', fields: { Name: 'x', CurrencyIsoCode: 'XXX' } },
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      'bad value for restricted picklist',
    ],
    [
      { op: 'create', object: 'Account', fields: { Name: 'x', Customer_Number__c: 'c-00000001' } },
      'DUPLICATE_VALUE',
      'duplicate value found: Customer_Number__c',
    ],
    [
      { op: 'update', object: 'Account', id: idOf('001', 1), fields: { Name: null } },
      'REQUIRED_FIELD_MISSING',
      '[Name]',
    ],
    [
      { op: 'update', object: 'Account', id: idOf('001', 192), fields: { Name: 'x' } },
      'ENTITY_IS_DELETED',
      'entity is deleted',
    ],
    [{ op: 'update', object: 'Account', id: GOLD, fields: {} }, 'MALFORMED_ID', 'id value of incorrect type'],
    [{ op: 'delete', id: idOf('001', 99_999) }, 'INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id'],
    [{ op: 'delete', id: STANDARD }, 'DELETE_FAILED', 'standard price book'],
    [{ op: 'delete', id: idOf('005', 1) }, 'INSUFFICIENT_ACCESS_OR_READONLY', 'cannot be deleted'],
    [{ op: 'undelete', id: GOLD }, 'UNDELETE_FAILED', 'not in the recycle bin'],
    [{ op: 'undelete', id: idOf('01u', 1) }, 'UNDELETE_FAILED', 'cannot be undeleted'],
  ] as const)('refuses %j with %s', (edit, statusCode, message) => {
    const { results, commit } = org.transact([edit]);
    expect(commit).toBeUndefined();
    expect(results[0]?.errors[0]).toMatchObject({ statusCode, message: expect.stringContaining(message) });
  });

  it('keeps nothing of a bad edit, even on a row that a good one touched', () => {
    const id = idOf('001', 1);
    const { results, commit } = org.transact([
      { op: 'update', object: 'Account', id, fields: { Phone: 'good' } },
      { op: 'update', object: 'Account', id, fields: { Phone: 'bad', ParentId: idOf('001', 99_999) } },
    ]);
    expect(results.map(({ success }) => success)).toEqual([true, false]);
    expect(commit?.changes[0]?.after).toMatchObject({ Phone: 'good' });
    expect(commit?.changes[0]?.after).not.toHaveProperty('ParentId');
    expect(read('Account', id)?.['Phone']).toBe('good');
  });

  it('lets two products share a SKU, as Salesforce does', () => {
    create('Product2', { Name: 'Copy', StockKeepingUnit: 'INT-FTTH-GOLD' });
    create('Product2', { Name: 'Copy', StockKeepingUnit: 'INT-FTTH-GOLD' });
    const snapshot = org.read();
    expect(snapshot.table('Product2').find('StockKeepingUnit', 'INT-FTTH-GOLD')).toHaveLength(3);
    snapshot.release();
  });

  it('asks for the standard price first, once per currency and book', () => {
    const product = create('Product2', { Name: 'Priced' });
    const price = (Pricebook2Id: string, CurrencyIsoCode: string): string | undefined =>
      org.transact([
        {
          op: 'create',
          object: 'PricebookEntry',
          fields: { Product2Id: product, Pricebook2Id, CurrencyIsoCode, UnitPrice: 10.125 },
        },
      ]).results[0]?.errors[0]?.statusCode;
    expect(price(PARTNER, 'USD')).toBe('STANDARD_PRICE_NOT_DEFINED');
    expect(price(STANDARD, 'EUR')).toBeUndefined();
    expect(price(PARTNER, 'USD')).toBe('STANDARD_PRICE_NOT_DEFINED');
    expect(price(STANDARD, 'USD')).toBeUndefined();
    expect(price(PARTNER, 'USD')).toBeUndefined();
    expect(price(PARTNER, 'USD')).toBe('DUPLICATE_VALUE');
    expect(pricesOf(product).map((entry) => entry['UnitPrice'])).toEqual([10.125, 10.125, 10.125]);
  });

  it('accepts product and prices in one transaction', () => {
    const ordinal = 1_000;
    const { results } = org.transact([
      { op: 'create', object: 'Product2', fields: { Name: 'Bundle' } },
      {
        op: 'create',
        object: 'PricebookEntry',
        fields: { Product2Id: idOf('01t', ordinal), Pricebook2Id: STANDARD, UnitPrice: 1 },
      },
    ]);
    expect(results[1]?.errors[0]?.statusCode).toBe('INVALID_CROSS_REFERENCE_KEY');
    const product = results[0]?.id ?? '';
    const both = org.transact([
      {
        op: 'create',
        object: 'PricebookEntry',
        fields: { Product2Id: product, Pricebook2Id: STANDARD, UnitPrice: 1 },
      },
      {
        op: 'create',
        object: 'PricebookEntry',
        fields: { Product2Id: product, Pricebook2Id: PARTNER, UnitPrice: 1, UseStandardPrice: true },
      },
    ]);
    expect(both.results.map(({ success }) => success)).toEqual([true, true]);
  });
});

describe('cascades', () => {
  it('bins the prices of a product with it and brings them back together', () => {
    const before = pricesOf(GOLD).length;
    const single = org.transact([{ op: 'delete', id: String(pricesOf(GOLD)[0]?.['Id']) }]);
    expect(single.commit?.changes).toHaveLength(1);
    const { commit } = org.transact([{ op: 'delete', id: GOLD }]);
    expect(commit?.changes.map(({ changeType, cascaded }) => `${changeType} ${cascaded}`)).toEqual([
      'DELETE false',
      ...Array.from({ length: before - 1 }, () => 'DELETE true'),
    ]);
    expect(pricesOf(GOLD).every((price) => price['IsDeleted'] === true)).toBe(true);

    const back = org.transact([{ op: 'undelete', id: GOLD }]).commit;
    expect(back?.changes.map(({ changeType }) => changeType)).toEqual(
      Array.from({ length: before }, () => 'UNDELETE'),
    );
    // The price that went alone, before, stays in the bin.
    expect(pricesOf(GOLD).filter((price) => price['IsDeleted'] === true)).toHaveLength(1);
  });

  it('brings computed prices back with a product that was in the bin from the start', () => {
    const snapshot = org.truth();
    const [ordinal = 0] = [...snapshot.table('Product2').ordinals({}, true)].filter((row) =>
      snapshot.table('Product2').isDeleted(row),
    );
    snapshot.release();
    const { commit } = org.transact([{ op: 'undelete', id: idOf('01t', ordinal) }]);
    expect(commit?.changes.map(({ object }) => object)).toEqual([
      'Product2',
      'PricebookEntry',
      'PricebookEntry',
      'PricebookEntry',
    ]);
  });

  it('erases the prices of a product that is hard-deleted, and unlinks the children of an account', () => {
    const { commit } = org.transact([{ op: 'hardDelete', id: GOLD }]);
    expect(new Set(commit?.changes.map(({ changeType }) => changeType))).toEqual(new Set(['ERASE']));
    expect(pricesOf(GOLD)).toEqual([]);
    const parent = org.transact([{ op: 'delete', id: idOf('001', 1) }]).commit;
    expect(parent?.changes.map(({ changeType }) => changeType)).toEqual([
      'DELETE',
      ...Array.from({ length: 5 }, () => 'UPDATE'),
    ]);
    expect(read('Account', idOf('001', 21))?.['ParentId']).toBeNull();
    org.transact([{ op: 'hardDelete', id: idOf('001', 26) }]);
    expect(read('Account', idOf('001', 46))).toMatchObject({ ParentId: null, IsDeleted: false });
  });

  it('merges accounts: losers in the bin naming the winner, their children moved', () => {
    const [winner, loser] = [idOf('001', 1), idOf('001', 26)];
    const { commit } = org.transact([
      { op: 'merge', object: 'Account', winner, losers: [loser], fields: { Phone: '42' } },
    ]);
    expect(commit?.changes.map(({ changeType }) => changeType).sort()).toEqual([
      'DELETE',
      ...Array.from({ length: 6 }, () => 'UPDATE'),
    ]);
    expect(read('Account', loser, true)).toMatchObject({ IsDeleted: true, MasterRecordId: winner });
    expect(read('Account', idOf('001', 46))?.['ParentId']).toBe(winner);
    expect(read('Account', winner)?.['Phone']).toBe('42');
  });

  it('removes the entries of a deleted price book', () => {
    const { commit } = org.transact([{ op: 'delete', id: PARTNER }]);
    const entries = commit?.changes.filter(({ object }) => object === 'PricebookEntry') ?? [];
    expect(entries.length).toBeGreaterThan(10);
  });
});

describe('the recycle bin', () => {
  it('is emptied on demand and by itself after 15 days', () => {
    const first = create('Account', { Name: 'First' });
    const second = create('Account', { Name: 'Second' });
    org.transact([
      { op: 'delete', id: first },
      { op: 'delete', id: second },
    ]);
    org.transact([{ op: 'purge', ids: [first] }]);
    expect(read('Account', first, true)).toBeUndefined();
    org.clock.advance(14.5 * 86_400_000);
    expect(read('Account', second, true)).toBeDefined();
    // What was binned before the org opened is older, and gone by now.
    expect(read('Account', idOf('001', 192), true)).toBeUndefined();
    org.clock.advance(86_400_000);
    expect(read('Account', second, true)).toBeUndefined();
    expect(org.history.last?.changes.every(({ changeType }) => changeType === 'ERASE')).toBe(true);
  });

  it('answers getUpdated and getDeleted by stamp', () => {
    const start = START - 60_000;
    expect(org.getDeleted('Account', START - 2 * 86_400_000, START)).toHaveLength(2);
    const id = create('Account', { Name: 'Seen' });
    const gone = create('Account', { Name: 'Gone' });
    org.transact([{ op: 'delete', id: gone }]);
    expect(org.getUpdated('Account', start, START + 60_000)).toEqual([id]);
    expect(org.getDeleted('Account', start, START + 60_000)).toEqual([
      { id: gone, deletedDate: '2026-03-01T12:00:00.000+0000' },
    ]);
    expect(org.getUpdated('Account', 0, START + 60_000).length).toBeGreaterThan(190);
  });
});
