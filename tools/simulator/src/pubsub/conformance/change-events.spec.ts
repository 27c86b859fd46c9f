import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { idOf } from '../../org/ids.ts';
import type { Edit } from '../../org/edit.ts';
import type { TransactOptions } from '../../org/edit.ts';
import type { PubsubKnobs } from '../pubsub-knobs.ts';
import { startSimulator, type Simulator } from '../../wire/start-simulator.ts';
import { StreamClient, type Decoded } from './stream-client.ts';

let simulator: Simulator;
let client: StreamClient;
/** Events that were there before the test began. */
let before: number;

beforeEach(async () => {
  simulator = await startSimulator({ seed: 7, singleCurrency: true });
  client = await StreamClient.connect(simulator);
  // From here on the last modifier is the one who writes, so that updates do not name it.
  write([1, 2, 3, 4, 5, 6, CHILDLESS].map((n) => account({ Site: `Here ${n}` }, n)));
  write([{ op: 'update', object: 'Product2', id: idOf('01t', 1), fields: { ExternalId: 'x' } }]);
  before = simulator.bus.log.length;
});
afterEach(async () => {
  client.close();
  await simulator.close();
});

const accountId = idOf('001', 1);
/** An account that is nobody's parent. */
const CHILDLESS = 190;
const childless = idOf('001', CHILDLESS);
const account = (fields: Record<string, string | number | boolean | null>, n = 1): Edit => ({
  op: 'update',
  object: 'Account',
  id: idOf('001', n),
  fields,
});

function write(edits: Edit[], options?: TransactOptions): string[] {
  const { results } = simulator.org.transact(edits, options);
  expect(results.filter(({ success }) => !success)).toEqual([]);
  return results.map(({ id }) => String(id));
}

/** Everything that was published, decoded, once so many events are there. */
async function published(count: number): Promise<Decoded[]> {
  expect(simulator.bus.log.length - before).toBe(count);
  const stream = client.subscribe({ topicName: '/data/ChangeEvents' });
  await stream.received(before + count);
  stream.cancel();
  return Promise.all(stream.events.slice(before).map((event) => client.decode(event)));
}

const set = (patch: Partial<PubsubKnobs>): void => simulator.bus.set(patch);
const headers = (events: readonly Decoded[]): Decoded['ChangeEventHeader'][] =>
  events.map(({ ChangeEventHeader }) => ChangeEventHeader);

describe('an update', () => {
  it('marks its fields, nested children and nulls; everything else is null and unmarked', async () => {
    write([account({ Industry: 'Energy', BillingStreet: 'New 1' })]);
    write([account({ Industry: null, ShippingCity: null })]);
    const [first, second] = await published(2);
    expect(first?.ChangeEventHeader).toMatchObject({
      entityName: 'Account',
      recordIds: [accountId],
      changeType: 'UPDATE',
      changedFields: ['0x400800', '4-0x01'],
      nulledFields: [],
    });
    expect(first).toMatchObject({ Industry: 'Energy', Name: null, OwnerId: null, CreatedDate: null });
    expect(first?.['BillingAddress']).toMatchObject({ Street: 'New 1', City: null });
    expect(first?.['LastModifiedDate']).toBe(first?.ChangeEventHeader.commitTimestamp);
    expect(second?.ChangeEventHeader).toMatchObject({
      changedFields: ['0x400800', '5-0x02'],
      nulledFields: ['0x0800', '5-0x02'],
    });
    expect(second?.['ShippingAddress']).toBeNull();
  });

  it('names the modifier only when it is another one than before', async () => {
    const other = idOf('005', 2);
    write([account({ Phone: '1' })], { user: other });
    write([account({ Phone: '2' })], { user: other });
    const [first, second] = await published(2);
    expect(first?.['LastModifiedById']).toBe(other);
    expect(first?.ChangeEventHeader.commitUser).toBe(other);
    expect(second?.['LastModifiedById']).toBeNull();
  });

  it('sets the bit of the compound too where the org does so', async () => {
    set({ parentBit: true });
    write([account({ BillingStreet: 'New 2' })]);
    expect(headers(await published(1))[0]?.changedFields).toEqual(['0x400010', '4-0x01']);
  });

  it('carries dates, times, numbers and choices in the forms of the wire', async () => {
    write([
      account({
        Eligibility_Checked_On__c: '2022-05-31',
        Preferred_Call_Time__c: '10:30:00.000Z',
        Last_Provisioned_At__c: '2024-01-15T10:30:00.000Z',
        Churn_Risk__c: 12.5,
        Do_Not_Market__c: true,
        NumberOfEmployees: 12,
        Internet_Eligibility__c: 'FTTH;Cable',
      }),
    ]);
    expect((await published(1))[0]).toMatchObject({
      Eligibility_Checked_On__c: 1_653_955_200_000n,
      Preferred_Call_Time__c: 37_800_000n,
      Last_Provisioned_At__c: BigInt(Date.UTC(2024, 0, 15, 10, 30)),
      Churn_Risk__c: 12.5,
      Do_Not_Market__c: true,
      NumberOfEmployees: 12,
      Internet_Eligibility__c: expect.stringContaining(';'),
    });
  });

  it('travels as a diff when its text is long and little of it changed', async () => {
    set({ diffText: true });
    const lines = Array.from({ length: 40 }, (_, n) => `${n}: ${'word '.repeat(8)}`.trim());
    write([account({ Service_Notes__c: lines.join('\n') })]);
    const now = lines.with(20, 'changed').join('\n');
    write([account({ Service_Notes__c: now })]);
    const [, second] = await published(2);
    const hash = createHash('sha256').update(now).digest('hex');
    expect(second?.['Service_Notes__c']).toBe(
      `--- \n+++ ${hash}\n@@ -21,1 +21,1 @@\n-${lines[20]}\n+changed`,
    );
    const { diffFields, changedFields } = second?.ChangeEventHeader ?? {};
    expect(diffFields).toHaveLength(1);
    expect(BigInt(changedFields?.[0] ?? 0) & BigInt(diffFields?.[0] ?? 0)).toBe(BigInt(diffFields?.[0] ?? 0));
  });

  it('shows enriched fields without marking them, in updates and deletions', async () => {
    set({ enrichedFields: { Account: ['Customer_Number__c', 'Name'] } });
    const truth = simulator.org.truth().get('Account', childless);
    write([account({ Phone: '3' }, CHILDLESS)]);
    write([{ op: 'delete', id: childless }]);
    const [update, deletion] = await published(2);
    for (const event of [update, deletion]) {
      expect(event?.['Name']).toBe(truth?.['Name']);
      expect(event?.['Customer_Number__c']).toBe(truth?.['Customer_Number__c']);
    }
    expect(deletion?.ChangeEventHeader).toMatchObject({ changeType: 'DELETE', changedFields: [] });
    expect(update?.ChangeEventHeader.changedFields).toEqual(['0x400040']);
  });
});

describe('whole records', () => {
  it('a creation carries every value and no bits; of prices without the audit fields', async () => {
    const [product] = write([{ op: 'create', object: 'Product2', fields: { Name: 'P', IsActive: true } }]);
    write([
      {
        op: 'create',
        object: 'PricebookEntry',
        fields: {
          Pricebook2Id: simulator.org.identity.standardPricebookId,
          Product2Id: String(product),
          UnitPrice: 9.99,
        },
      },
    ]);
    const [first, second] = await published(2);
    expect(first).toMatchObject({ Name: 'P', IsActive: true, IsArchived: false, Description: null });
    expect(first?.['CreatedDate']).toBe(first?.ChangeEventHeader.commitTimestamp);
    expect(first?.ChangeEventHeader).toMatchObject({ changeType: 'CREATE', changedFields: [] });
    expect(second).toMatchObject({
      UnitPrice: 9.99,
      Product2Id: product,
      CreatedDate: null,
      CreatedById: null,
      LastModifiedDate: null,
      LastModifiedById: null,
    });
  });

  it('a deletion carries nothing, an undeletion the full image; prices go with their product', async () => {
    const id = idOf('01t', 1);
    const truth = simulator.org.truth().get('Product2', id);
    write([{ op: 'delete', id }]);
    const gone = simulator.bus.log.length - before;
    write([{ op: 'undelete', id }]);
    const events = await published(simulator.bus.log.length - before);
    const deletions = headers(events.slice(0, gone));
    expect(deletions[0]).toMatchObject({ entityName: 'Product2', changeType: 'DELETE', recordIds: [id] });
    expect(deletions.slice(1).every((h) => h.entityName === 'PricebookEntry')).toBe(true);
    expect(deletions.slice(1).flatMap((h) => h.recordIds).length).toBeGreaterThan(1);
    const back = events.find((event) => event.ChangeEventHeader.changeType === 'UNDELETE');
    expect(back).toMatchObject({
      Name: truth?.['Name'],
      ProductCode: truth?.['ProductCode'],
      IsActive: truth?.['IsActive'],
    });
    expect(back?.ChangeEventHeader.changedFields).toEqual([]);
    expect(events[0]).toMatchObject({ Name: null, IsActive: null });
  });

  it('the deletions of prices that go with their product can be left out', async () => {
    set({ cascadeEvents: false });
    write([{ op: 'delete', id: idOf('01t', 1) }]);
    expect(headers(await published(1))[0]?.entityName).toBe('Product2');
  });

  it('a hard deletion, an emptied bin and a changed formula raise nothing', async () => {
    write([{ op: 'hardDelete', id: childless }, { op: 'purge' }]);
    write([{ op: 'update', object: 'User', id: idOf('005', 2), fields: { Department: 'New' } }]);
    await published(0);
  });

  it('carries formulas only where the org sends them', async () => {
    const team = simulator.org.truth().get('Account', childless)?.['Owner_Team__c'];
    write([{ op: 'delete', id: childless }]);
    write([{ op: 'undelete', id: childless }]);
    set({ formulaInEvents: true });
    write([{ op: 'delete', id: childless }]);
    write([{ op: 'undelete', id: childless }]);
    const events = await published(4);
    expect(events[1]).not.toHaveProperty('Owner_Team__c');
    expect(events[3]?.['Owner_Team__c']).toBe(team);
  });
});

describe('transactions', () => {
  it('share key, number and second; sequence numbers have holes where other objects changed', async () => {
    write([
      account({ Phone: '1' }),
      { op: 'update', object: 'User', id: idOf('005', 2), fields: { Department: 'x' } },
      account({ Phone: '2' }, 2),
    ]);
    const [first, second] = headers(await published(2));
    expect([first?.sequenceNumber, second?.sequenceNumber]).toEqual([1, 3]);
    expect(second?.transactionKey).toBe(first?.transactionKey);
    expect(second?.commitNumber).toBe(first?.commitNumber);
    expect(String(first?.commitNumber)).toMatch(/^\d{19}$/);
    expect(first?.commitNumber).toBe(simulator.org.history.last?.commitNumber);
    expect(Number(first?.commitTimestamp) % 1000).toBe(0);
  });

  it('merge equal changes of neighbours, and nothing else', async () => {
    write([account({ Site: 'A' }, 1), account({ Site: 'A' }, 2), account({ Site: 'B' }, 3)]);
    write([4, 5, 6].map((n) => ({ op: 'delete', id: idOf('001', n) }) as const));
    const events = headers(await published(3));
    expect(events.map((h) => h.recordIds.length)).toEqual([2, 1, 3]);
    expect(events[0]?.recordIds).toEqual([idOf('001', 1), idOf('001', 2)]);
  });

  it('tell several writes to a record as one event with the first kind and the final data', async () => {
    const { results } = simulator.org.transact([account({ Site: 'A', Phone: '1' }), account({ Site: 'B' })]);
    expect(results).toHaveLength(2);
    expect((await published(1))[0]).toMatchObject({ Site: 'B', Phone: '1' });
  });

  it('above the limit emit what fits, then one overflow per object', async () => {
    set({ overflowAbove: 6 });
    const product = { op: 'update', object: 'Product2', id: idOf('01t', 1), fields: { Name: 'z' } } as const;
    write([...[1, 2, 3, 4, 5].map((n) => account({ Phone: String(n) }, n)), product]);
    const events = headers(await published(5));
    expect(events.map((h) => [h.entityName, h.changeType])).toEqual([
      ['Account', 'UPDATE'],
      ['Account', 'UPDATE'],
      ['Account', 'UPDATE'],
      ['Account', 'GAP_OVERFLOW'],
      ['Product2', 'GAP_OVERFLOW'],
    ]);
    expect(events[3]?.recordIds).toEqual(['000000000000000AAA']);
  });

  it('an account merge is a deletion, an update and the reparented children', async () => {
    const [winner, loser] = [idOf('001', 1), idOf('001', 2)];
    write([account({ ParentId: loser }, 3)]);
    write([{ op: 'merge', object: 'Account', winner, losers: [loser] }]);
    const events = headers(await published(simulator.bus.log.length - before)).slice(1);
    const kinds = new Map(events.flatMap((h) => h.recordIds.map((id) => [id, h.changeType] as const)));
    expect([winner, loser, idOf('001', 3)].map((id) => kinds.get(id))).toEqual([
      'UPDATE',
      'DELETE',
      'UPDATE',
    ]);
  });
});

describe('schemas in mid-stream', () => {
  const id = (object = 'Account'): string => simulator.bus.schemas.current(object)?.schema.id ?? '';

  it('get a new id for every change of fields, and old events stay readable', async () => {
    const ids = [id()];
    write([account({ Phone: '1' })]);
    const { schema } = simulator.org;
    schema.addField('Account', { name: 'In_Front__c', type: 'string', length: 80 }, 'Phone');
    ids.push(id());
    write([account({ Phone: '2', In_Front__c: 'new' })]);
    schema.retypeField('Account', 'In_Front__c', { type: 'double', precision: 10, scale: 2 });
    ids.push(id());
    schema.removeField('Account', 'In_Front__c');
    ids.push(id());
    schema.hideField('Account', 'Fax');
    ids.push(id());
    expect(new Set(ids.slice(0, 3)).size).toBe(3);
    expect(ids[3]).toBe(ids[0]);
    expect(ids[4]).not.toBe(ids[0]);
    const [first, after] = await published(2);
    expect(first?.ChangeEventHeader.changedFields).toEqual(['0x400040']);
    expect(first).toMatchObject({ Phone: '1' });
    expect(after).toMatchObject({ Phone: '2', In_Front__c: 'new' });
  });

  it('a conversion that empties the column raises the wildcard; a picklist that becomes one of many gaps', async () => {
    const { schema } = simulator.org;
    schema.retypeField('Account', 'Churn_Risk__c', { type: 'string', length: 80 });
    await published(0);
    schema.retypeField('Account', 'Eligibility_Checked_On__c', { type: 'string', length: 80 });
    const source = simulator.org.truth().table('Account');
    const value = source.column('Internet_Eligibility_Source__c');
    const filled = [...source.ordinals()].filter((ordinal) => value(ordinal) !== null).length;
    schema.retypeField('Account', 'Internet_Eligibility_Source__c', { type: 'multipicklist', length: 4099 });
    const [wildcard, gap] = headers(await published(2));
    expect(wildcard).toMatchObject({ recordIds: ['001*'], changeType: 'UPDATE', changedFields: [] });
    expect(gap).toMatchObject({ changeType: 'GAP_UPDATE' });
    expect(gap?.recordIds).toHaveLength(filled);
  });

  it('take the shapes on which sources disagree', async () => {
    const shapes = [
      {},
      { snapshotChangeType: false },
      { addressChildren: 8 },
      { addressChildren: 11 },
      { personNameUnion: false },
    ] as const;
    const ids = shapes.map((shape) => {
      set({ snapshotChangeType: true, addressChildren: 10, personNameUnion: true, ...shape });
      write([account({ BillingStreet: JSON.stringify(shape), Name: 'N' })]);
      return id();
    });
    expect(new Set(ids).size).toBe(shapes.length);
    set({ schemaKeyOrder: 'name-first' });
    const { schemaJson } = await client.call('GetSchema', { schemaId: id() });
    expect(String(schemaJson)).toMatch(/^\{"name":.*"uuid":"[\w-]{22}"\}$/);
    const events = await published(shapes.length);
    for (const [i, event] of events.entries())
      expect(event['BillingAddress']).toMatchObject({ Street: JSON.stringify(shapes[i]) });
  });
});

describe('large and strange texts', () => {
  it('an event above 1 MB becomes a gap; one just below travels with hundreds of fields', async () => {
    const names = Array.from({ length: 40 }, (_, n) => `Long_${n}__c`);
    for (const name of names)
      simulator.org.schema.addField('Account', { name, type: 'textarea', length: 32_768 });
    for (let n = 0; n < 760; n++)
      simulator.org.schema.addField('Account', { name: `Extra_${n}__c`, type: 'string', length: 80 });
    const text = 'ü'.repeat(13_000);
    write([account(Object.fromEntries(names.map((name) => [name, text])))]);
    write([account(Object.fromEntries(names.map((name) => [name, `${text}ü`])))]);
    write([account({ Long_0__c: 'ü'.repeat(32_768), ...bigger(names) })]);
    const events = headers(await published(3));
    expect(events.map((h) => h.changeType)).toEqual(['UPDATE', 'UPDATE', 'GAP_UPDATE']);
    expect(events[0]?.changedFields[0]?.length).toBeGreaterThan(10);
    expect(simulator.bus.counters.gaps).toBe(1);
  });

  const bigger = (names: readonly string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [name, 'y'.repeat(32_768)]));

  it('NUL and emoji travel as they are, lone surrogates as the database keeps them', async () => {
    const odd = `a\u0000b \u{1F600} ${'('.repeat(500)}`;
    write([account({ Description: odd, Site: 'x\ud800y' })]);
    const [event] = await published(1);
    const truth = simulator.org.truth().get('Account', accountId);
    expect(event).toMatchObject({ Description: odd, Site: 'x\ufffdy' });
    expect(truth).toMatchObject({ Description: odd, Site: 'x\ufffdy' });
  });
});
