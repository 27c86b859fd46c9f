import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  canonicalLeaf,
  leafTypeOf,
  type Condition,
  type Leaves,
  type LeafValue,
  type ObjectDescribe,
} from '@umbra/domain';
import { exitCodeOf, Secret, type SalesforceSettings } from '@umbra/platform';
import { openForTest, testKeys, type TestSalesforce } from './open-for-test.ts';
import { callsTo, SimulatorProcess, type TruthRow } from './simulator.ts';

let simulator: SimulatorProcess;
let salesforce: TestSalesforce;
const others: TestSalesforce[] = [];

beforeAll(async () => {
  simulator = await SimulatorProcess.start('--scale', 'demo');
  salesforce = openForTest(simulator.settings());
});

afterEach(async () => {
  await simulator.control('DELETE', '/faults');
  for (const one of others.splice(0)) await one.close();
});

afterAll(async () => {
  await salesforce.close();
  await simulator.close();
});

function another(changes: Partial<SalesforceSettings> = {}): TestSalesforce {
  const one = openForTest(simulator.settings(changes));
  others.push(one);
  return one;
}

const leafFields = (described: ObjectDescribe): string[] =>
  described.fields
    .filter(({ type }) => type !== 'address' && type !== 'location' && type !== 'base64')
    .map(({ name }) => name);

/** The simulator's truth as leaves, by the types of describe. */
function leavesOf(row: TruthRow, described: ObjectDescribe): Leaves {
  const leaves: Record<string, LeafValue> = {};
  for (const { name, type } of described.fields) {
    const value = canonicalLeaf(leafTypeOf(type), row[name]);
    if (value !== null && name in row) leaves[name] = value;
  }
  return leaves;
}

const byId = (one: Leaves, other: Leaves): number => (String(one.Id) < String(other.Id) ? -1 : 1);

describe('sign-in', () => {
  it('by JWT bearer finds org and instance', async () => {
    const { organizationId, url, username } = simulator.ready;
    const [user] = (await simulator.truth('User')).filter(({ Username }) => Username === username);
    await expect(salesforce.queue.connect()).resolves.toEqual({
      orgId: organizationId,
      userId: user?.Id,
      instanceUrl: url,
    });
  });

  it('by client credentials', async () => {
    const one = another({
      username: undefined,
      privateKey: undefined,
      clientSecret: simulator.clientSecret(),
    });
    await expect(one.queue.connect()).resolves.toMatchObject({ orgId: simulator.ready.organizationId });
  });

  it.each<[string, Partial<SalesforceSettings>]>([
    ['a wrong secret', { username: undefined, privateKey: undefined, clientSecret: new Secret('wrong') }],
    ['a key that the app does not know', { privateKey: new Secret(testKeys.privateKey) }],
    ['an unknown user', { username: 'nobody@umbra.test' }],
    ['an unknown app', { clientId: 'unknown' }],
    ['a wrong audience', { jwtAudience: 'https://audience.test' }],
  ])('%s is refused, once, with exit code 77', async (_what, changes) => {
    await simulator.control('DELETE', '/counters');
    const one = another(changes);
    const error: unknown = await one.queue.connect().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'SF_CREDENTIALS_REFUSED' });
    expect(exitCodeOf(error)).toBe(77);
    await expect(one.queue.connect()).rejects.toMatchObject({ code: 'SF_CREDENTIALS_REFUSED' });
    expect(callsTo(await simulator.counters(), 'token')).toBe(1);
  });

  it('fault-25: revoked tokens cost one sign-in, however many calls run', async () => {
    await salesforce.records.count('Account', [], 'catalogue');
    await simulator.control('POST', '/tokens/revoke');
    await simulator.control('DELETE', '/counters');
    await Promise.all(Array.from({ length: 30 }, () => salesforce.records.count('Account', [], 'catalogue')));
    expect(callsTo(await simulator.counters(), 'token')).toBe(1);
  });
});

describe('select', () => {
  it.each(['Account', 'Product2', 'PricebookEntry'])('%s: every leaf equals the truth', async (object) => {
    const described = await salesforce.records.describe(object);
    const request = { object, fields: leafFields(described), where: [], all: true };
    const { rows, at } = await salesforce.records.select(request, 'gap');
    const truth = (await simulator.truth(object, true)).map((row) => leavesOf(row, described));
    expect([...rows].sort(byId)).toEqual(truth.sort(byId));
    expect(Date.now() - at.getTime()).toBeLessThan(60_000);
    expect(Date.now()).toBeGreaterThanOrEqual(at.getTime());
  });

  it('without `all` the recycle bin stays out', async () => {
    const { rows } = await salesforce.live.select(
      { object: 'Account', fields: ['Id'], where: [] },
      'catalogue',
    );
    expect(rows).toHaveLength((await simulator.truth('Account')).length);
  });

  it('parent paths keep their name, in the case they were asked in', async () => {
    const { rows } = await salesforce.live.select(
      {
        object: 'PricebookEntry',
        fields: ['id', 'Product2.StockKeepingUnit', 'Pricebook2.IsStandard'],
        where: [{ field: 'Product2.StockKeepingUnit', op: '!=', value: { type: 'null' } }],
        orderBy: [{ field: 'Product2.StockKeepingUnit', direction: 'asc' }],
        limit: 1,
      },
      'quote',
    );
    expect(Object.keys(rows[0] ?? {})).toEqual(['id', 'Product2.StockKeepingUnit', 'Pricebook2.IsStandard']);
  });

  it('reads page by page, and stops when there are more than wanted', async () => {
    await simulator.knobs({ queryPageSize: 50 });
    try {
      const request = { object: 'Account', fields: ['Id', 'Name'], where: [] };
      const { rows, calls } = await salesforce.records.select(request, 'gap');
      expect(calls).toBe(Math.ceil(rows.length / 50));
      expect(new Set(rows.map(({ Id }) => Id)).size).toBe(rows.length);
      await expect(salesforce.live.select(request, 'gap', { maxRows: 100 })).rejects.toMatchObject({
        code: 'READ_LIVE_TOO_LARGE',
      });
    } finally {
      await simulator.knobs({ queryPageSize: 2000 });
    }
  });

  it('starts again when its cursor is lost, once', async () => {
    await simulator.knobs({ queryPageSize: 50 });
    const body = [{ errorCode: 'INVALID_QUERY_LOCATOR', message: 'invalid query locator' }];
    try {
      const request = { object: 'Account', fields: ['Id'], where: [] };
      await simulator.fault({ match: { route: 'query-more' }, status: 400, body, times: 1 });
      const { rows } = await salesforce.records.select(request, 'gap');
      expect(rows).toHaveLength((await simulator.truth('Account')).length);
      await simulator.fault({ match: { route: 'query-more' }, status: 400, body, times: 2 });
      await expect(salesforce.records.select(request, 'gap')).rejects.toMatchObject({
        code: 'SF_CURSOR_GONE',
      });
    } finally {
      await simulator.knobs({ queryPageSize: 2000 });
    }
  });

  it('a long list of ids is asked in parts', async () => {
    const truth = await simulator.truth('Account');
    const strangers = Array.from({ length: 1500 }, (_, n) => `001${String(n).padStart(12, '0')}AAA`);
    const values = [...truth.map(({ Id }) => String(Id)), ...strangers].map((value) => ({
      type: 'id' as const,
      value,
    }));
    const where: Condition[] = [{ field: 'Id', op: 'in', values }];
    const { rows, calls } = await salesforce.records.select(
      { object: 'Account', fields: ['Id', 'Name'], where },
      'gap',
    );
    expect(calls).toBeGreaterThan(1);
    expect(rows.map(({ Id }) => Id).sort()).toEqual(truth.map(({ Id }) => Id).sort());
  });

  it('sec-15: values with quotes, backslashes, newlines and other scripts find exactly their record', async () => {
    const names = [
      "O'Neil",
      "x' OR Name != 'y",
      'back\\slash',
      "back\\' OR Id != null",
      'two\nlines\ttab',
      '東京 "q" %_',
    ];
    const edits = names.map((Name) => ({ op: 'create', object: 'Account', fields: { Name } }));
    await simulator.control('POST', '/transactions', { edits });
    for (const name of names) {
      const where: Condition[] = [{ field: 'Name', op: '=', value: { type: 'text', value: name } }];
      const { rows } = await salesforce.live.select({ object: 'Account', fields: ['Name'], where }, 'quote');
      expect(rows).toEqual([{ Name: name }]);
    }
  });

  it.each([
    [
      'a field that the org lacks',
      { object: 'Account', fields: ['Nope__c'], where: [] },
      'SF_QUERY_REJECTED',
    ],
    [
      'a path that leads nowhere',
      { object: 'Account', fields: ['Nope.Name'], where: [] },
      'SF_QUERY_REJECTED',
    ],
    ['a compound field', { object: 'Account', fields: ['BillingAddress'], where: [] }, 'SF_QUERY_REJECTED'],
    ['an object that the org lacks', { object: 'Nope__c', fields: ['Id'], where: [] }, 'SF_NOT_FOUND'],
    ['a name that is none', { object: 'Account/../x', fields: ['Id'], where: [] }, 'SF_QUERY_REJECTED'],
  ])('%s is refused before it is asked', async (_what, request, code) => {
    const before = callsTo(await simulator.counters(), 'query');
    await expect(salesforce.live.select(request, 'gap')).rejects.toMatchObject({ code });
    expect(callsTo(await simulator.counters(), 'query')).toBe(before);
  });

  it('a field that appears while we run is found without a restart', async () => {
    const request = { object: 'Product2', fields: ['Id', 'Brand_New__c'], where: [] };
    await expect(salesforce.live.select(request, 'gap')).rejects.toMatchObject({ code: 'SF_QUERY_REJECTED' });
    const field = { change: 'add', object: 'Product2', field: 'Brand_New__c', type: 'string', length: 20 };
    await simulator.control('POST', '/schema', field);
    await expect(salesforce.live.select(request, 'gap')).resolves.toBeDefined();
  });
});

describe('count, describe and org', () => {
  it('counts', async () => {
    const where: Condition[] = [{ field: 'IsActive', op: '=', value: { type: 'boolean', value: true } }];
    const truth = (await simulator.truth('Product2')).filter(({ IsActive }) => IsActive === true);
    await expect(salesforce.records.count('Product2', where, 'catalogue')).resolves.toBe(truth.length);
  });

  it('a repeated describe is a conditional request, once the second of the last change is over', async () => {
    await simulator.control('POST', '/clock', { offsetSeconds: -3600 });
    const field = {
      change: 'add',
      object: 'Pricebook2',
      field: 'An_Hour_Ago__c',
      type: 'string',
      length: 20,
    };
    await simulator.control('POST', '/schema', field);
    await simulator.control('POST', '/clock', { offsetSeconds: 0 });
    const first = await salesforce.records.describe('Pricebook2');
    const again = await salesforce.records.describe('Pricebook2');
    expect(again).toBe(first);
  });

  it('describes asked at once are one call', async () => {
    const one = another();
    await simulator.control('DELETE', '/counters');
    await Promise.all(Array.from({ length: 10 }, () => one.records.describe('Account')));
    expect(callsTo(await simulator.counters(), 'describe')).toBe(1);
  });

  it('knows the org', async () => {
    const facts = await salesforce.records.org();
    expect(facts).toMatchObject({ orgId: simulator.ready.organizationId, isMultiCurrency: true });
    const [standard] = (await simulator.truth('Pricebook2')).filter(({ IsStandard }) => IsStandard === true);
    expect(facts.standardPricebookId).toBe(standard?.Id);
    expect(facts.instance).not.toBe('');
  });
});

describe('limits', () => {
  it('tells what is left, and the daily usage with it', async () => {
    const one = another();
    const limits = await one.limits('catalogue');
    expect(limits.apiRequests.max).toBe(150_000);
    expect(limits.bulkQueryJobs?.max).toBe(10_000);
    expect(limits.bulkQueryStorageMb?.remaining).toBeGreaterThan(0);
    expect(one.queue.snapshot().dailyApiLimit).toBe(150_000);
  });
});

describe('an object with more fields than a URI holds', () => {
  it('is read in groups, and every leaf equals the truth', async () => {
    for (let n = 0; n < 300; n++) {
      const field = `A_Field_With_A_Very_Long_Name_Nr_${n}__c`;
      await simulator.control('POST', '/schema', {
        change: 'add',
        object: 'Product2',
        field,
        type: 'string',
        length: 20,
      });
    }
    const [one] = await simulator.truth('Product2');
    const update = {
      A_Field_With_A_Very_Long_Name_Nr_0__c: 'first',
      A_Field_With_A_Very_Long_Name_Nr_299__c: 'last',
    };
    const edits = [{ op: 'update', object: 'Product2', id: one?.Id, fields: update }];
    await simulator.control('POST', '/transactions', { edits });
    const described = await salesforce.records.describe('Product2');
    const request = { object: 'Product2', fields: leafFields(described), where: [], all: true };
    const { rows, calls } = await salesforce.records.select(request, 'gap');
    expect(calls).toBeGreaterThan(1);
    const truth = (await simulator.truth('Product2', true)).map((row) => leavesOf(row, described));
    expect([...rows].sort(byId)).toEqual(truth.sort(byId));
  });
});

describe('the day of a client', () => {
  it('sec-48: not one call went without our name, and not one was refused for a limit', async () => {
    await expect(salesforce.records.count('Account', [], 'catalogue')).resolves.toBeGreaterThan(0);
    const counters = await simulator.counters();
    expect(counters).toMatchObject({ withoutClient: 0, limitErrors: 0 });
  });

  it('fault-28: HTML error pages at random do not reach the caller while repeating helps', async () => {
    await simulator.fault({ match: { route: 'query' }, htmlBody: true, status: 503, every: 3 });
    for (let turn = 0; turn < 12; turn++)
      await expect(salesforce.records.count('Account', [], 'catalogue')).resolves.toBeGreaterThan(0);
  });

  it('the share ends our calls before the org has to', async () => {
    const one = another({ apiDailySharePercent: 10 });
    await simulator.knobs({ dailyLimit: 100_000 });
    await one.records.count('Account', [], 'catalogue');
    await simulator.knobs({ dailyLimit: 200 });
    try {
      const spend = async (): Promise<void> => {
        for (let turn = 0; turn < 100; turn++) await one.records.count('Account', [], 'quote');
      };
      await expect(spend()).rejects.toMatchObject({ code: 'SF_DAILY_LIMIT', details: { cause: 'share' } });
      expect(one.records.callsMade()).toBe(20);
      expect((await simulator.counters()).limitErrors).toBe(0);
    } finally {
      await simulator.knobs({ dailyLimit: 150_000 });
    }
  });

  it('an allocation that others used up stops us, and the org sees no further calls', async () => {
    const one = another();
    await one.records.count('Account', [], 'catalogue');
    await simulator.control('PATCH', '/limits', { dailyUsed: 150_000 });
    try {
      for (let turn = 0; turn < 5; turn++)
        await one.records.count('Account', [], 'catalogue').catch((error: unknown) => {
          expect(error).toMatchObject({ code: 'SF_DAILY_LIMIT', kind: 'throttled' });
        });
      expect((await simulator.counters()).limitErrors).toBeLessThanOrEqual(1);
    } finally {
      await simulator.control('PATCH', '/limits', { dailyUsed: 0 });
    }
  });
});
