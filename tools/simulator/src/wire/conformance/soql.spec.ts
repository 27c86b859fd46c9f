import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SfRecord } from '../../org/record.ts';
import { startSimulator, type Simulator } from '../start-simulator.ts';
import { RawClient } from './raw-client.ts';

let simulator: Simulator;
let client: RawClient;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7 });
  client = await new RawClient(simulator).login();
});
afterAll(() => simulator.close());

interface Answer {
  readonly totalSize: number;
  readonly records: Record<string, unknown>[];
}

async function records(soql: string, resource = 'query'): Promise<Record<string, unknown>[]> {
  const answer = await client.query(soql, resource);
  expect([answer.status, answer.status === 200 ? '' : answer.text]).toEqual([200, '']);
  return (answer.json as Answer).records;
}

async function refusal(soql: string): Promise<{ errorCode: string; message: string }> {
  const answer = await client.query(soql);
  expect(answer.status).toBe(400);
  return (answer.json as [{ errorCode: string; message: string }])[0];
}

/** What the org really holds, read without SOQL. */
function truth(object: string): SfRecord[] {
  const snapshot = simulator.org.truth();
  const table = snapshot.table(object);
  const rows = [...table.ordinals({}, true)].map((ordinal) => table.record(ordinal));
  snapshot.release();
  return rows;
}

const lower = (value: unknown): string => (typeof value === 'string' ? value.toLowerCase() : '');

describe('WHERE', () => {
  const accounts = (): SfRecord[] => truth('Account').filter((row) => row['IsDeleted'] === false);
  const prices = (): SfRecord[] => truth('PricebookEntry').filter((row) => row['IsDeleted'] === false);

  it.each<[string, string, () => SfRecord[], (row: SfRecord) => boolean]>([
    ['Account', "Name LIKE '%LTD%'", accounts, (row) => lower(row['Name']).includes('ltd')],
    ['Account', "NOT Name LIKE '%ltd%'", accounts, (row) => !lower(row['Name']).includes('ltd')],
    ['Account', 'Internet_Eligibility__c = null', accounts, (row) => row['Internet_Eligibility__c'] === null],
    [
      'Account',
      "Internet_Eligibility__c != 'Not Eligible'",
      accounts,
      (row) => row['Internet_Eligibility__c'] !== 'Not Eligible',
    ],
    [
      'Account',
      "BillingCity IN ('London', 'paris')",
      accounts,
      (row) => ['london', 'paris'].includes(lower(row['BillingCity'])),
    ],
    [
      'Account',
      "BillingCity NOT IN ('London', null)",
      accounts,
      (row) => row['BillingCity'] !== null && lower(row['BillingCity']) !== 'london',
    ],
    [
      'Account',
      "(BillingCity = 'London' OR BillingCity = 'Paris') AND Name >= 'm'",
      accounts,
      (row) => ['london', 'paris'].includes(lower(row['BillingCity'])) && lower(row['Name']) >= 'm',
    ],
    ['Account', 'CreatedDate < 2022-01-01T00:00:00Z', accounts, (row) => String(row['CreatedDate']) < '2022'],
    ['Account', "Owner.Name LIKE '%a%'", accounts, () => true],
    [
      'PricebookEntry',
      'UnitPrice > 20 AND UnitPrice <= 50.5',
      prices,
      (row) => Number(row['UnitPrice']) > 20 && Number(row['UnitPrice']) <= 50.5,
    ],
    [
      'PricebookEntry',
      "IsActive = TRUE AND CurrencyIsoCode IN ('eur')",
      prices,
      (row) => row['IsActive'] === true && row['CurrencyIsoCode'] === 'EUR',
    ],
    ['PricebookEntry', 'UseStandardPrice = false', prices, (row) => row['UseStandardPrice'] === false],
  ])('%s: %s', async (object, where, rows, matches) => {
    const found = await records(`SELECT Id FROM ${object} WHERE ${where} ORDER BY Id`);
    const expected = rows()
      .filter(matches)
      .map((row) => row['Id']);
    if (!where.startsWith('Owner')) expect(found.map((row) => row['Id'])).toEqual(expected);
    expect(found.length).toBeGreaterThan(0);
  });

  it('finds rows by id, by reference and by the time of their change as by a scan', async () => {
    const all = truth('PricebookEntry').filter((row) => row['IsDeleted'] === false);
    const [a, b] = [String(all[3]?.['Id']), String(all[9]?.['Id'])];
    const ids = async (where: string, resource?: string): Promise<unknown[]> =>
      (await records(`SELECT Id FROM PricebookEntry WHERE ${where}`, resource)).map((row) => row['Id']);
    expect(await ids(`Id = '${a.slice(0, 15)}'`)).toEqual([a]);
    expect(await ids(`Id IN ('${b}', '${a}', '${a}')`)).toEqual([a, b]);
    const between = all.map((row) => String(row['Id'])).filter((id) => id > a && id <= b);
    expect(await ids(`Id > '${a}' AND Id <= '${b}'`)).toEqual(between);
    expect(await ids(`Id > '${a}' ORDER BY Id LIMIT 2`)).toEqual(between.slice(0, 2));
    const product = String(all[3]?.['Product2Id']);
    expect(await ids(`Product2Id = '${product}'`)).toEqual(
      all.filter((row) => row['Product2Id'] === product).map((row) => row['Id']),
    );
    expect(await ids(`Product2Id = '${simulator.org.identity.standardPricebookId}'`)).toEqual([]);
    simulator.org.clock.advance(60_000);
    const since = new Date(Math.ceil(simulator.org.clock.now() / 1000) * 1000).toISOString();
    simulator.org.clock.advance(2_000);
    simulator.org.transact([
      { op: 'update', object: 'PricebookEntry', id: b, fields: { UnitPrice: 1.25 } },
      { op: 'delete', id: a },
    ]);
    expect(await ids(`SystemModstamp >= ${since}`)).toEqual([b]);
    expect(await ids(`SystemModstamp >= ${since} ORDER BY Id`, 'queryAll')).toEqual([a, b]);
  });

  it('takes a semi-join', async () => {
    const found = await records(
      "SELECT Id FROM Product2 WHERE Id IN (SELECT Product2Id FROM PricebookEntry WHERE CurrencyIsoCode = 'GBP' AND IsActive = true)",
    );
    const sold = new Set(
      truth('PricebookEntry')
        .filter(
          (row) => row['CurrencyIsoCode'] === 'GBP' && row['IsActive'] === true && row['IsDeleted'] === false,
        )
        .map((row) => row['Product2Id']),
    );
    expect(found.map((row) => row['Id']).sort()).toEqual([...sold].sort());
  });
});

describe('SELECT', () => {
  it('walks to parents, whose absence is null, and nests them', async () => {
    const rows = await records('SELECT Name, Parent.Name, Parent.Owner.Name FROM Account');
    expect(rows.some((row) => row['Parent'] === null)).toBe(true);
    const child = rows.find((row) => row['Parent'] !== null);
    if (child !== undefined)
      expect(child['Parent']).toMatchObject({
        attributes: { type: 'Account' },
        Owner: { attributes: { type: 'User' } },
      });
  });

  it('answers names in the spelling of the org, whatever the spelling of the query', async () => {
    const [row] = await records('select a.ID, a.nAME, owner.nAME from aCCOUNT a limit 1');
    expect(Object.keys(row ?? {})).toEqual(['attributes', 'Id', 'Name', 'Owner']);
  });

  it('shows all fields for FIELDS(ALL), hidden ones not', async () => {
    const [row] = await records('SELECT FIELDS(ALL) FROM Account LIMIT 1');
    expect(Object.keys(row ?? {})).toEqual(
      expect.arrayContaining(['Id', 'BillingAddress', 'Internet_Eligibility__c']),
    );
    simulator.org.schema.hideField('Account', 'Phone');
    const [hidden] = await records('SELECT FIELDS(ALL) FROM Account LIMIT 1');
    expect(hidden).not.toHaveProperty('Phone');
    expect((await refusal('SELECT Phone FROM Account')).message).toContain(
      "No such column 'Phone' on entity 'Account'",
    );
    expect((await refusal("SELECT Id FROM Account WHERE Phone = '1'")).errorCode).toBe('INVALID_FIELD');
    simulator.org.schema.showField('Account', 'Phone');
  });

  it('leaves out rows in the bin, unless all are asked for', async () => {
    const live = await records('SELECT Id FROM Product2');
    const all = await records('SELECT Id, IsDeleted FROM Product2', 'queryAll');
    expect(all.length).toBeGreaterThan(live.length);
    expect(all.filter((row) => row['IsDeleted'] === true)).toHaveLength(all.length - live.length);
  });
});

describe('ORDER BY, LIMIT and OFFSET', () => {
  it('cut a window out of the sorted rows', async () => {
    const names = (await records('SELECT Name FROM Account ORDER BY Name DESC NULLS LAST, Id')).map((row) =>
      lower(row['Name']),
    );
    expect(names).toEqual([...names].sort().reverse());
    const window = await records(
      'SELECT Name FROM Account ORDER BY Name DESC NULLS LAST, Id LIMIT 5 OFFSET 3',
    );
    expect(window.map((row) => lower(row['Name']))).toEqual(names.slice(3, 8));
    expect(await records('SELECT Id FROM Account LIMIT 0')).toEqual([]);
  });

  it('sort by parents, and nulls first', async () => {
    const rows = await records('SELECT Parent.Name FROM Account ORDER BY Parent.Name');
    expect(rows[0]?.['Parent']).toBeNull();
  });
});

describe('aggregates', () => {
  it('are those of the rows', async () => {
    const rows = truth('PricebookEntry').filter((row) => row['IsDeleted'] === false);
    const groups = await records(
      'SELECT CurrencyIsoCode cur, COUNT(Id), MIN(UnitPrice) lo, MAX(UnitPrice) hi, SUM(UnitPrice), AVG(UnitPrice), COUNT_DISTINCT(Product2Id) FROM PricebookEntry GROUP BY CurrencyIsoCode HAVING COUNT(Id) > 1 ORDER BY CurrencyIsoCode',
    );
    for (const group of groups) {
      const mine = rows.filter((row) => row['CurrencyIsoCode'] === group['cur']);
      const amounts = mine.map((row) => Number(row['UnitPrice']));
      const sum = amounts.reduce((a, b) => a + b, 0);
      expect(group).toEqual({
        attributes: { type: 'AggregateResult' },
        cur: group['cur'],
        expr0: mine.length,
        lo: Math.min(...amounts),
        hi: Math.max(...amounts),
        expr1: expect.closeTo(sum, 4),
        expr2: expect.closeTo(sum / mine.length, 4),
        expr3: new Set(mine.map((row) => row['Product2Id'])).size,
      });
    }
    expect(groups.length).toBeGreaterThan(1);
  });

  it('answer one row over nothing', async () => {
    expect(await records("SELECT COUNT(Id) n, MAX(Name) FROM Account WHERE Name = 'nobody'")).toMatchObject([
      { n: 0, expr0: null },
    ]);
    expect((await client.query("SELECT COUNT() FROM Account WHERE Name = 'nobody'")).json).toEqual({
      totalSize: 0,
      done: true,
      records: [],
    });
  });
});

describe('what is refused', () => {
  it.each([
    [
      'SELECT Nonsense__c FROM Account',
      'INVALID_FIELD',
      "No such column 'Nonsense__c' on entity 'Account'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name.",
    ],
    [
      'SELECT Id FROM Nonsense__c',
      'INVALID_TYPE',
      "sObject type 'Nonsense__c' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name.",
    ],
    [
      'SELECT Nonsense__r.Name FROM Account',
      'INVALID_FIELD',
      "Didn't understand relationship 'Nonsense__r' in field path.",
    ],
    [
      'SELECT Id FROM Account ORDER BY Description',
      'MALFORMED_QUERY',
      "field 'Description' can not be sorted in a query call",
    ],
    [
      "SELECT Id FROM Account WHERE Description LIKE '%x%'",
      'INVALID_FIELD',
      "field 'Description' can not be filtered in a query call",
    ],
    [
      "SELECT Id FROM Account WHERE BillingAddress = 'x'",
      'INVALID_FIELD',
      "field 'BillingAddress' can not be filtered in a query call",
    ],
    [
      "SELECT Id FROM PricebookEntry WHERE UnitPrice = '5'",
      'INVALID_FIELD',
      "value of filter criterion for field 'UnitPrice' must be of type double and should not be enclosed in quotes",
    ],
    ["SELECT Id FROM Account WHERE Id = 'x'", 'INVALID_QUERY_FILTER_OPERATOR', 'invalid ID field: x'],
    ['SELECT Name, COUNT(Id) FROM Account', 'MALFORMED_QUERY', 'Field must be grouped or aggregated: Name'],
    [
      'SELECT COUNT(Id) FROM Account GROUP BY Description',
      'MALFORMED_QUERY',
      "field 'Description' can not be grouped in a query call",
    ],
    [
      'SELECT SUM(Name) FROM Account',
      'MALFORMED_QUERY',
      'field Name does not support aggregate operator SUM',
    ],
    ['SELECT Id, Id FROM Account', 'MALFORMED_QUERY', 'duplicate field selected: Id'],
    [
      'SELECT FIELDS(ALL) FROM Account',
      'MALFORMED_QUERY',
      'The SOQL FIELDS function must have a LIMIT of at most 200',
    ],
    [
      "SELECT Id FROM Account WHERE Name INCLUDES ('x')",
      'INVALID_QUERY_FILTER_OPERATOR',
      'includes and excludes operators only work on multipicklist field: Name',
    ],
    [
      'SELECT Id FROM Account WHERE Id IN (SELECT Id, Name FROM Account)',
      'MALFORMED_QUERY',
      'must select exactly one field',
    ],
  ])('%s', async (soql, errorCode, message) => {
    const refused = await refusal(soql);
    expect(refused.errorCode).toBe(errorCode);
    expect(refused.message).toContain(message);
  });

  it('is said to be beyond the simulator where it is', async () => {
    const answer = await client.query('SELECT Id, (SELECT Id FROM PricebookEntries) FROM Product2');
    expect([answer.status, answer.json]).toMatchObject([501, [{ errorCode: 'NOT_IMPLEMENTED' }]]);
  });
});

describe('the event loop', () => {
  it('is left free for others while a statement sorts a large table', async () => {
    const large = await startSimulator({ scale: '100k', seed: 7 });
    const [slow, quick] = await Promise.all([new RawClient(large).login(), new RawClient(large).login()]);
    const order: string[] = [];
    await Promise.all([
      slow.query('SELECT Id FROM Account ORDER BY Name, BillingCity LIMIT 1').then(() => order.push('sort')),
      quick.query('SELECT COUNT() FROM Organization').then(() => order.push('count')),
    ]);
    await large.close();
    expect(order).toEqual(['count', 'sort']);
  });
});
