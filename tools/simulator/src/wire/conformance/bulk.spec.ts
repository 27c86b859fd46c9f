import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Knobs } from '../../org/knobs.ts';
import { startSimulator, type Simulator } from '../start-simulator.ts';
import { RawClient, type RawAnswer } from './raw-client.ts';

let simulator: Simulator;
let client: RawClient;
let usual: Knobs;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7 });
  client = await new RawClient(simulator).login();
  usual = simulator.org.knobs;
});
afterAll(() => simulator.close());
afterEach(() => simulator.org.setKnobs(usual));

const create = (query: string, more: Record<string, unknown> = {}): Promise<RawAnswer> =>
  client.call('/jobs/query', { method: 'POST', body: { operation: 'query', query, ...more } });

type Info = Record<string, unknown> & { id: string; state: string; numberRecordsProcessed: number };

const info = async (id: string): Promise<Info> => (await client.call(`/jobs/query/${id}`)).json as Info;

/** A job that has come to its end. */
async function ended(query: string, more: Record<string, unknown> = {}): Promise<Info> {
  const created = await create(query, more);
  expect(created.status).toBe(200);
  const { id } = created.json as Info;
  for (;;) {
    const now = await info(id);
    if (['JobComplete', 'Failed', 'Aborted'].includes(now.state)) return now;
  }
}

interface ResultSet {
  readonly lines: string[];
  readonly promised: number;
  readonly locator: string | null;
}

async function resultSet(id: string, query = ''): Promise<ResultSet> {
  const answer = await client.call(`/jobs/query/${id}/results${query}`, { headers: { Accept: 'text/csv' } });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/csv; charset=UTF-8']);
  return {
    lines: answer.text.split('\n').slice(0, -1),
    promised: Number(answer.headers.get('sforce-numberofrecords')),
    locator: answer.headers.get('sforce-locator'),
  };
}

/** Rows of all sets, headers taken off. */
async function allRows(id: string, maxRecords: number): Promise<string[]> {
  const rows: string[] = [];
  for (let locator: string | null = ''; locator !== 'null';) {
    const set: ResultSet = await resultSet(
      id,
      `?maxRecords=${maxRecords}${locator === '' ? '' : `&locator=${String(locator)}`}`,
    );
    expect(set.lines.length - 1).toBe(set.promised);
    rows.push(...set.lines.slice(1));
    ({ locator } = set);
  }
  return rows;
}

describe('a query job', () => {
  it('is created, runs and completes, as its info shows', async () => {
    const created = await create('SELECT Id FROM Account');
    const facts = {
      id: expect.stringMatching(/^750\w{15}$/) as unknown,
      operation: 'query',
      object: 'Account',
      createdById: simulator.org.identity.integrationUserId,
      createdDate: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000$/) as unknown,
      systemModstamp: expect.any(String) as unknown,
      concurrencyMode: 'Parallel',
      contentType: 'CSV',
      apiVersion: 62,
      lineEnding: 'LF',
      columnDelimiter: 'COMMA',
    };
    expect(created.json).toEqual({ ...facts, state: 'UploadComplete' });
    const done = await ended('SELECT Id FROM Account');
    expect(done).toEqual({
      ...facts,
      state: 'JobComplete',
      jobType: 'V2Query',
      numberRecordsProcessed: (await resultSet(done.id)).promised,
      retries: 0,
      totalProcessingTime: expect.any(Number) as unknown,
      isPkChunkingSupported: true,
    });
  });

  it('stays in progress by the clock of the org, and has no results before its end', async () => {
    simulator.org.setKnobs({ slowState: 60 });
    simulator.org.clock.freeze();
    const { id } = (await create('SELECT Id FROM Account')).json as Info;
    expect((await info(id)).state).toBe('InProgress');
    const early = (): Promise<RawAnswer> => client.call(`/jobs/query/${id}/results`);
    expect((await early()).json).toMatchObject([{ errorCode: 'INVALIDJOBSTATE' }]);
    simulator.org.setKnobs({ resultsBeforeComplete: 204 });
    expect((await early()).status).toBe(204);
    expect((await client.call(`/jobs/query/${id}`, { method: 'DELETE' })).status).toBe(400);
    simulator.org.clock.advance(60_000);
    simulator.org.clock.resume();
    expect((await info(id)).state).toBe('JobComplete');
  });

  it('can be aborted until its end, and deleted after', async () => {
    simulator.org.setKnobs({ slowState: 60 });
    const { id } = (await create('SELECT Id FROM Account')).json as Info;
    const abort = (): Promise<RawAnswer> =>
      client.call(`/jobs/query/${id}`, { method: 'PATCH', body: { state: 'Aborted' } });
    expect((await abort()).json).toMatchObject({ id, state: 'Aborted' });
    expect((await abort()).status).toBe(400);
    expect((await client.call(`/jobs/query/${id}/results`)).status).toBe(400);
    expect((await client.call(`/jobs/query/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await client.call(`/jobs/query/${id}`)).status).toBe(404);
  });

  it('is listed until it is forgotten', async () => {
    const { id } = await ended('SELECT Id FROM Product2 LIMIT 1');
    const listed = async (filter: string): Promise<unknown[]> => {
      const { json } = await client.call(`/jobs/query?${filter}`);
      return (json as { records: Info[] }).records.map((job) => job.id);
    };
    expect(await listed('jobType=V2Query&isPkChunkingEnabled=false')).toContain(id);
    expect(await listed('isPkChunkingEnabled=true')).not.toContain(id);
    simulator.org.clock.advance(7 * 86_400_000 + 1_000);
    await client.login();
    expect((await client.call(`/jobs/query/${id}`)).status).toBe(404);
    expect(await listed('')).toEqual([]);
  });

  it('reads the rows as they were when it was created', async () => {
    const { id } = (await create("SELECT Id, Name FROM Account WHERE Name != 'x'")).json as Info;
    const first = simulator.org.read();
    const target = String(first.table('Account').column('Id')(1));
    first.release();
    simulator.org.transact([
      { op: 'update', object: 'Account', id: target, fields: { Name: 'Written later' } },
      { op: 'create', object: 'Account', fields: { Name: 'Written later' } },
    ]);
    await info(id);
    const before = await allRows(id, 1_000);
    expect(before.join()).not.toContain('Written later');
    expect(before.length).toBe((await info(id)).numberRecordsProcessed);
  });

  it('reads the bin for queryAll only', async () => {
    const live = await ended('SELECT Id, IsDeleted FROM Product2');
    const all = await ended('SELECT Id, IsDeleted FROM Product2', { operation: 'queryAll' });
    expect((await allRows(live.id, 1_000)).join()).not.toContain('"true"');
    expect(all.numberRecordsProcessed).toBeGreaterThan(live.numberRecordsProcessed);
    expect((await allRows(all.id, 1_000)).filter((row) => row.endsWith('"true"'))).toHaveLength(
      all.numberRecordsProcessed - live.numberRecordsProcessed,
    );
  });
});

describe('results', () => {
  it('are the same rows in the same order, however they are paged', async () => {
    const { id, numberRecordsProcessed } = await ended('SELECT Id, Name FROM Account');
    const whole = await allRows(id, 100_000);
    expect(whole).toHaveLength(numberRecordsProcessed);
    expect(new Set(whole).size).toBe(whole.length);
    for (const size of [1, 7, 50]) expect(await allRows(id, size)).toEqual(whole);
    expect(whole).not.toEqual([...whole].sort());
  });

  it('obey WHERE, ORDER BY and LIMIT', async () => {
    const { id } = await ended(
      "SELECT UnitPrice, Product2.StockKeepingUnit FROM PricebookEntry WHERE Product2.StockKeepingUnit LIKE 'INT-%' AND CurrencyIsoCode = 'EUR' ORDER BY UnitPrice DESC LIMIT 5",
    );
    const { lines } = await resultSet(id);
    expect(lines[0]).toBe('"UnitPrice","Product2.StockKeepingUnit"');
    const amounts = lines.slice(1).map((line) => Number(line.split('"')[1]));
    expect(amounts).toHaveLength(5);
    expect(amounts).toEqual([...amounts].sort((a, b) => b - a));
  });

  it('name the next set by a base64 offset, and the last by the word null', async () => {
    const { id, numberRecordsProcessed } = await ended('SELECT Id FROM Account');
    const first = await resultSet(id, '?maxRecords=10');
    expect([first.promised, first.locator]).toEqual([
      10,
      Buffer.from('10').toString('base64').replaceAll('=', ''),
    ]);
    const last = await resultSet(id, `?maxRecords=1000&locator=${String(first.locator)}`);
    expect([last.promised, last.locator]).toEqual([numberRecordsProcessed - 10, 'null']);
    for (const locator of ['nonsense', 'null', Buffer.from('99999').toString('base64')]) {
      expect((await client.call(`/jobs/query/${id}/results?locator=${locator}`)).status).toBe(400);
    }
    expect((await client.call(`/jobs/query/${id}/results?maxRecords=0`)).status).toBe(400);
  });

  it('are the header alone when nothing matches', async () => {
    const { id, numberRecordsProcessed } = await ended("SELECT Id, Name FROM Account WHERE Name = 'nobody'");
    expect(numberRecordsProcessed).toBe(0);
    expect(await resultSet(id)).toEqual({ lines: ['"Id","Name"'], promised: 0, locator: 'null' });
  });

  it('belong to the API version of their job', async () => {
    const { id } = await ended('SELECT Id FROM Account');
    expect((await client.call(`/services/data/v61.0/jobs/query/${id}/results`)).status).toBe(409);
    expect((await client.call(`/services/data/v61.0/jobs/query/${id}`)).status).toBe(200);
  });

  it('have their columns in alphabetical order before v50', async () => {
    const body = { operation: 'query', query: 'SELECT Name, Id FROM Account' };
    const { json } = await client.call('/services/data/v49.0/jobs/query', { method: 'POST', body });
    const { id } = json as Info;
    await info(id);
    const { text } = await client.call(`/services/data/v49.0/jobs/query/${id}/results`);
    expect(text.split('\n')[0]).toBe('"Id","Name"');
  });

  it('take another delimiter and line end, and quote whatever is in a value', async () => {
    const Name = 'A "quoted", name|with\nmuch — 日本 🎉';
    simulator.org.transact([{ op: 'create', object: 'Product2', fields: { Name, Legacy_Code__c: 'CSV' } }]);
    const { id, columnDelimiter, lineEnding } = await ended(
      "SELECT Name, Description, Legacy_Code__c FROM Product2 WHERE Legacy_Code__c = 'CSV'",
      {
        columnDelimiter: 'PIPE',
        lineEnding: 'CRLF',
      },
    );
    expect([columnDelimiter, lineEnding]).toEqual(['PIPE', 'CRLF']);
    const { text } = await client.call(`/jobs/query/${id}/results`);
    expect(text).toBe(
      `"Name"|"Description"|"Legacy_Code__c"\r\n"${Name.replaceAll('"', '""')}"|""|"CSV"\r\n`,
    );
  });

  it('can be fetched side by side by the addresses of resultPages', async () => {
    const { id } = await ended('SELECT Id FROM Account');
    const rows: string[] = [];
    let path: string | undefined = `/jobs/query/${id}/resultPages?maxRecords=30`;
    while (path !== undefined) {
      const { json } = await client.call(path);
      const { resultPages, nextRecordsUrl, done } = json as {
        resultPages: { resultUrl: string }[];
        nextRecordsUrl?: string;
        done: boolean;
      };
      expect(resultPages.length).toBeLessThanOrEqual(5);
      const pages = await Promise.all(resultPages.map(({ resultUrl }) => client.call(resultUrl)));
      for (const { text } of pages) rows.push(...text.split('\n').slice(1, -1));
      expect(done).toBe(nextRecordsUrl === undefined);
      path = nextRecordsUrl;
    }
    expect(rows).toEqual(await allRows(id, 1_000));
    expect((await client.call(`/services/data/v57.0/jobs/query/${id}/resultPages`)).status).toBe(404);
    simulator.org.setKnobs({ resultPagesKey: 'nextRecordUrl' });
    expect((await client.call(`/jobs/query/${id}/resultPages?maxRecords=10`)).json).toHaveProperty(
      'nextRecordUrl',
    );
  });
});

describe('what is refused at creation', () => {
  it.each([
    [
      'SELECT Id, BillingAddress FROM Account',
      'API_ERROR',
      'Selecting compound data not supported in Bulk Query',
    ],
    ['SELECT COUNT() FROM Account', 'API_ERROR', 'COUNT() not supported in Bulk Query'],
    [
      'SELECT Name, COUNT(Id) FROM Account GROUP BY Name',
      'API_ERROR',
      'Aggregate Relationship not supported in Bulk Query',
    ],
    ['SELECT Id FROM Account OFFSET 5', 'API_ERROR', 'OFFSET clause not supported in Bulk Query'],
    ['SELECT FIELDS(STANDARD) FROM Account', 'API_ERROR', 'FIELDS function not supported in Bulk Query'],
    ['SELECT Id FROM CaseStatus', 'INVALIDENTITY', "Entity 'CaseStatus' is not supported by the Bulk API"],
    ['SELECT Id FROM', 'MALFORMED_QUERY', 'unexpected token'],
    ['SELECT Nonsense FROM Account', 'INVALID_FIELD', "No such column 'Nonsense'"],
  ])('%s', async (query, errorCode, message) => {
    const answer = await create(query);
    expect([answer.status, answer.json]).toEqual([
      400,
      [{ errorCode, message: expect.stringContaining(message) as unknown }],
    ]);
  });

  it.each([
    { operation: 'insert' },
    { contentType: 'JSON' },
    { columnDelimiter: 'DOT' },
    { lineEnding: 'CR' },
  ])('%p', async (more) => {
    expect((await create('SELECT Id FROM Account', more)).json).toMatchObject([
      { errorCode: 'JSON_PARSER_ERROR' },
    ]);
  });

  it('is everything beyond the quota of the day', async () => {
    simulator.org.setKnobs({ bulkJobsPerDay: 1 });
    await create('SELECT Id FROM Account');
    const answer = await create('SELECT Id FROM Account');
    expect([answer.status, answer.json]).toEqual([
      403,
      [{ errorCode: 'LIMIT_EXCEEDED', message: 'Max bulk v2 query jobs (1) per 24 hrs has been reached' }],
    ]);
  });

  it('is a sort or a limit, where the org holds with the older guides', async () => {
    simulator.org.setKnobs({ bulkOrderByRefused: true });
    for (const query of ['SELECT Id FROM Account ORDER BY Name', 'SELECT Id FROM Account LIMIT 1'])
      expect((await create(query)).status).toBe(400);
  });
});

describe('faults of Bulk', () => {
  it('fail jobs, with and without a message', async () => {
    simulator.org.setKnobs({ jobFails: 1 });
    expect(await ended('SELECT Id FROM Account')).not.toHaveProperty('errorMessage');
    simulator.org.setKnobs({ jobFailsMessage: 'retried more than 15 times' });
    expect(await ended('SELECT Id FROM Account')).toMatchObject({
      state: 'Failed',
      errorMessage: 'retried more than 15 times',
      numberRecordsProcessed: 0,
    });
  });

  it('make jobs vanish', async () => {
    simulator.org.setKnobs({ jobVanishes: 1, slowState: 60 });
    const { id } = (await create('SELECT Id FROM Account')).json as Info;
    expect((await client.call(`/jobs/query/${id}`)).status).toBe(200);
    simulator.org.clock.advance(61_000);
    expect((await client.call(`/jobs/query/${id}`)).status).toBe(404);
    expect((await client.call(`/jobs/query/${id}/results`)).status).toBe(404);
  });

  it('leave rows out of sets that promise them, and miscount', async () => {
    const { id, numberRecordsProcessed } = await ended('SELECT Id FROM Account');
    simulator.org.setKnobs({ shortPage: 3, wrongCount: 2 });
    const set = await resultSet(id, '?maxRecords=10');
    expect([set.promised, set.lines.length - 1]).toEqual([10, 7]);
    expect((await info(id)).numberRecordsProcessed).toBe(numberRecordsProcessed + 2);
  });

  it('hand out a locator twice, once per job', async () => {
    simulator.org.setKnobs({ locatorTwice: true });
    const { id } = await ended('SELECT Id FROM Account');
    const { locator } = await resultSet(id, '?maxRecords=10');
    const again = await resultSet(id, `?maxRecords=10&locator=${String(locator)}`);
    const third = await resultSet(id, `?maxRecords=10&locator=${String(locator)}`);
    expect(again.locator).toBe(locator);
    expect(third.locator).not.toBe(locator);
    expect(third.lines).toEqual(again.lines);
  });

  it('cap sets, drop later headers, and put NUL into old text', async () => {
    const { id } = await ended('SELECT Id, Name FROM Account');
    simulator.org.setKnobs({ maxResultRows: 4, csvHeaderEveryPage: false });
    const first = await resultSet(id);
    const second = await resultSet(id, `?locator=${String(first.locator)}`);
    expect([first.lines.length, second.lines.length]).toEqual([5, 4]);
    simulator.org.setKnobs({ nulInText: true, maxResultRows: 0 });
    const withNul = await ended('SELECT Id, Name FROM Account');
    expect((await client.call(`/jobs/query/${withNul.id}/results`)).text).toContain('\u0000');
  });

  it('refuse fields that are too long for Bulk', async () => {
    simulator.org.transact([
      { op: 'create', object: 'Product2', fields: { Name: 'Long', Description: 'x'.repeat(3_000) } },
    ]);
    simulator.org.setKnobs({ bulkFieldSize: 2_000 });
    expect(await ended('SELECT Description FROM Product2')).toMatchObject({ state: 'Failed' });
  });
});
