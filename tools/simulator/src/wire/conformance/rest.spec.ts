import { gunzipSync, gzipSync } from 'node:zlib';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '../start-simulator.ts';
import { RawClient } from './raw-client.ts';

let simulator: Simulator;
let client: RawClient;
const knobs = { queryPageSize: 2_000, upsertUpdateStatus: 200 as const, limitInfoSuffix: '' };

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7 });
  client = await new RawClient(simulator).login();
});
afterAll(() => simulator.close());
afterEach(() => simulator.org.setKnobs(knobs));

async function newAccount(Name = 'Rest'): Promise<string> {
  const answer = await client.call('/sobjects/Account', { method: 'POST', body: { Name } });
  expect(answer.status).toBe(201);
  return (answer.json as { id: string }).id;
}

describe('every answer', () => {
  it('shows the use of the allocation, errors included', async () => {
    simulator.org.setKnobs({ limitInfoSuffix: '; per-app-api-usage=17/250(appName=x)' });
    for (const path of ['/limits', '/query?q=nonsense', '/sobjects/Nonsense/describe']) {
      const { headers } = await client.call(path);
      expect(headers.get('sforce-limit-info')).toMatch(
        /^api-usage=\d+\/150000; per-app-api-usage=17\/250\(appName=x\)$/,
      );
    }
  });

  it('is refused beyond the allocation, with the text for it', async () => {
    simulator.org.limits.setDailyUsed(150_000);
    const answer = await client.call('/limits');
    simulator.org.limits.setDailyUsed(0);
    expect([answer.status, answer.json]).toEqual([
      403,
      [{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }],
    ]);
  });

  it('is compressed for those who accept it, and takes compressed bodies', async () => {
    const { token } = client;
    const raw = await new Promise<{ encoding: string | undefined; body: Buffer }>((resolve, reject) => {
      const call = request(`${simulator.url}/services/data/v62.0/sobjects`, {
        headers: { Authorization: `Bearer ${token}`, 'Accept-Encoding': 'gzip' },
      });
      call.on('response', (message) => {
        const chunks: Buffer[] = [];
        message.on('data', (chunk: Buffer) => chunks.push(chunk));
        message.on('end', () =>
          resolve({ encoding: message.headers['content-encoding'], body: Buffer.concat(chunks) }),
        );
      });
      call.on('error', reject).end();
    });
    expect(raw.encoding).toBe('gzip');
    expect(gunzipSync(raw.body).toString()).toContain('"encoding":"UTF-8"');
    const packed = await fetch(`${simulator.url}/services/data/v62.0/sobjects/Account`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        'Content-Encoding': 'gzip',
      },
      body: new Uint8Array(gzipSync('{"Name":"Packed"}')),
    });
    expect(packed.status).toBe(201);
  });

  it('counts calls by route, and those without a client name', async () => {
    simulator.org.limits.resetCounters();
    await client.call('/limits', { headers: { 'Sforce-Call-Options': 'defaultNamespace=x, client=umbra' } });
    await client.call('/limits');
    const { calls, withoutClient } = simulator.org.limits.counters();
    expect(withoutClient).toBe(1);
    expect(calls).toMatchObject([
      { route: 'limits', class: 'limits', client: 'umbra', calls: 1 },
      { route: 'limits', class: 'limits', client: null, calls: 1 },
    ]);
  });
});

describe('whole-request errors', () => {
  it.each([
    ['/nonsense', 'GET', 404, 'NOT_FOUND', 'The requested resource does not exist'],
    ['/services/data/v9.0/limits', 'GET', 404, 'NOT_FOUND', 'The requested resource does not exist'],
    ['/limits', 'DELETE', 405, 'METHOD_NOT_ALLOWED', "HTTP Method 'DELETE' not allowed. Allowed are GET"],
    ['/query', 'GET', 400, 'MALFORMED_QUERY', 'A query string has to be specified'],
    ['/sobjects/Account/0015g0000000000', 'GET', 404, 'NOT_FOUND', 'The requested resource does not exist'],
    [
      '/sobjects/Account/nonsense',
      'GET',
      404,
      'NOT_FOUND',
      'Provided external ID field does not exist or is not accessible: nonsense',
    ],
    ['/query/01g5g0000000000AAA-2000', 'GET', 400, 'INVALID_QUERY_LOCATOR', 'invalid query locator'],
    [
      '/sobjects/Account/updated?start=2024-01-01T00:00:00Z&end=2024-01-01T00:00:30Z',
      'GET',
      400,
      'INVALID_REPLICATION_DATE',
      'endDate must be at least one minute greater than startDate',
    ],
    [
      '/sobjects/Account/updated?start=x&end=y',
      'GET',
      400,
      'INVALID_REPLICATION_DATE',
      "invalid value for parameter start: 'x'",
    ],
  ])('%s', async (path, method, status, errorCode, message) => {
    const answer = await client.call(path, { method });
    expect([answer.status, answer.json]).toEqual([status, [{ message, errorCode }]]);
  });

  it('come as XML where only that is accepted', async () => {
    const answer = await client.call('/nonsense', { headers: { Accept: 'application/xml' } });
    expect(answer.text).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><Errors><Error><errorCode>NOT_FOUND</errorCode><message>The requested resource does not exist</message></Error></Errors>',
    );
  });

  it.each([
    ['{"Name":', 400, 'JSON_PARSER_ERROR'],
    ['', 400, 'JSON_PARSER_ERROR'],
    ['[]', 400, 'JSON_PARSER_ERROR'],
    ['{"Name":{"a":1}}', 400, 'JSON_PARSER_ERROR'],
    ['{"Nonsense__c":1,"Name":"x"}', 400, 'INVALID_FIELD'],
    ['{"Name":null}', 400, 'REQUIRED_FIELD_MISSING'],
  ])('for a body like %s', async (body, status, code) => {
    const response = await fetch(`${simulator.url}/services/data/v62.0/sobjects/Account`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${client.token}`,
        'Content-Type': 'application/json',
      },
      body,
    });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject([
      { errorCode: code, message: expect.any(String) as unknown },
    ]);
  });

  it('come from the edge, in HTML, for a head beyond 16,384 bytes', async () => {
    const soql = `SELECT Id FROM Account WHERE Name = '${'x'.repeat(17_000)}'`;
    const long = await client.query(soql);
    expect([long.status, long.headers.get('content-type')]).toEqual([414, 'text/html']);
    const headers = await client.call('/limits', { headers: { 'X-Long': 'x'.repeat(16_300) } });
    expect(headers.status).toBe(431);
  });
});

describe('conditional requests', () => {
  it('spare an unchanged describe, until the schema changes', async () => {
    const first = await client.call('/sobjects/Product2/describe');
    const modified = first.headers.get('last-modified') ?? '';
    const headers = { 'If-Modified-Since': modified };
    expect((await client.call('/sobjects/Product2/describe', { headers })).status).toBe(304);
    expect((await client.call('/sobjects', { headers })).status).toBe(304);
    simulator.org.clock.advance(2_000);
    simulator.org.schema.addField('Product2', { name: 'Fresh__c', type: 'string', length: 10 });
    const changed = await client.call('/sobjects/Product2/describe', { headers });
    expect(changed.status).toBe(200);
    expect(changed.text).toContain('"Fresh__c"');
    expect((await client.call('/sobjects', { headers })).status).toBe(200);
    expect((await client.call('/sobjects/Account/describe', { headers })).status).toBe(304);
  });

  it('hold for rows, and accounts have an ETag', async () => {
    const id = await newAccount();
    const row = `/sobjects/Account/${id}`;
    const first = await client.call(row);
    const etag = first.headers.get('etag') ?? '';
    expect((await client.call(row, { headers: { 'If-None-Match': etag } })).status).toBe(304);
    expect((await client.call(row, { headers: { 'If-None-Match': '"other"' } })).status).toBe(200);
    const patch = (headers: Record<string, string>): Promise<number> =>
      client.call(row, { method: 'PATCH', body: { Name: 'Changed' }, headers }).then(({ status }) => status);
    expect(await patch({ 'If-Match': '"other"' })).toBe(412);
    const past = new Date(Date.now() - 3_600_000).toUTCString();
    expect(await patch({ 'If-Unmodified-Since': past })).toBe(412);
    expect(await patch({ 'If-Unmodified-Since': 'nonsense' })).toBe(400);
    expect(await patch({ 'If-Match': etag })).toBe(204);
    const product = await client.query('SELECT Id FROM Product2 LIMIT 1');
    const [{ Id }] = (product.json as { records: [{ Id: string }] }).records;
    expect((await client.call(`/sobjects/Product2/${Id}`)).headers.get('etag')).toBeNull();
  });
});

describe('records', () => {
  it('answer the fields asked for, and their id', async () => {
    const id = await newAccount();
    const { json } = await client.call(`/sobjects/account/${id.slice(0, 15)}?fields=name,BillingAddress`);
    expect(json).toEqual({
      attributes: { type: 'Account', url: `/services/data/v62.0/sobjects/Account/${id}` },
      Name: 'Rest',
      BillingAddress: null,
      Id: id,
    });
    const unknown = await client.call(`/sobjects/Account/${id}?fields=Nonsense__c`);
    expect(unknown.json).toEqual([
      { message: "No such column 'Nonsense__c' on sobject of type Account", errorCode: 'INVALID_FIELD' },
    ]);
  });

  it('are upserted by external id: created, changed, ambiguous', async () => {
    const path = '/sobjects/Product2/Legacy_Code__c/REST-1';
    const upsert = (Name: string) => client.call(path, { method: 'PATCH', body: { Name } });
    const created = await upsert('One');
    expect([created.status, created.json]).toMatchObject([201, { success: true, created: true }]);
    const { id } = created.json as { id: string };
    const updated = await upsert('Two');
    expect([updated.status, updated.json]).toEqual([200, { id, success: true, errors: [], created: false }]);
    expect((await client.call(path)).json).toMatchObject({ Id: id, Name: 'Two' });
    simulator.org.setKnobs({ upsertUpdateStatus: 204 });
    expect((await upsert('Three')).status).toBe(204);
    simulator.org.transact([
      { op: 'create', object: 'Product2', fields: { Name: 'Twin', Legacy_Code__c: 'REST-1' } },
    ]);
    const ambiguous = await upsert('Four');
    expect(ambiguous.status).toBe(300);
    expect(ambiguous.json).toContain(`/services/data/v62.0/sobjects/Product2/${id}`);
    expect((await client.call('/sobjects/Product2/Name/x', { method: 'PATCH', body: {} })).status).toBe(404);
  });

  it('are listed as updated and deleted', async () => {
    const [kept, gone] = [await newAccount('Kept'), await newAccount('Gone')];
    await client.call(`/sobjects/Account/${gone}`, { method: 'DELETE' });
    simulator.org.clock.advance(120_000);
    const at = (shift: number): string => new Date(simulator.org.clock.now() + shift).toISOString();
    const window = `start=${at(-600_000)}&end=${at(0)}`;
    const updated = (await client.call(`/sobjects/Account/updated/?${window}`)).json as { ids: string[] };
    expect(updated.ids).toContain(kept);
    expect(updated.ids).not.toContain(gone);
    const deleted = (await client.call(`/sobjects/Account/deleted/?${window}`)).json;
    expect(deleted).toMatchObject({
      deletedRecords: [{ id: gone, deletedDate: expect.stringMatching(/\+0000$/) as unknown }],
      latestDateCovered: expect.stringMatching(/:00\.000\+0000$/) as unknown,
    });
  });

  it('cannot be read once deleted', async () => {
    const id = await newAccount();
    expect((await client.call(`/sobjects/Account/${id}`, { method: 'DELETE' })).status).toBe(204);
    for (const method of ['GET', 'DELETE']) {
      const answer = await client.call(`/sobjects/Account/${id}`, { method });
      expect([answer.status, answer.json]).toEqual([
        404,
        [{ message: 'entity is deleted', errorCode: 'ENTITY_IS_DELETED', fields: [] }],
      ]);
    }
  });
});

describe('collections', () => {
  it('are upserted row by row', async () => {
    const records = [
      { attributes: { type: 'Account' }, Customer_Number__c: 'COLL-1', Name: 'First' },
      { attributes: { type: 'Account' }, Customer_Number__c: 'COLL-1', Name: 'Again' },
      { attributes: { type: 'Account' }, Name: 'Keyless' },
    ];
    const call = () =>
      client.call('/composite/sobjects/Account/Customer_Number__c', {
        method: 'PATCH',
        body: { allOrNone: false, records },
      });
    const refused = [
      { success: false, errors: [{ statusCode: 'DUPLICATE_VALUE' }] },
      { success: false, errors: [{ statusCode: 'MISSING_ARGUMENT' }] },
    ];
    expect((await call()).json).toMatchObject([{ success: true, created: true }, ...refused]);
    expect((await call()).json).toMatchObject([{ success: true, created: false }, ...refused]);
  });

  it('have at most 200 records in 10 chunks', async () => {
    const body = (types: string[]) => ({
      records: types.map((type) => ({ attributes: { type }, Name: 'x' })),
    });
    const insert = (types: string[]) =>
      client.call('/composite/sobjects', { method: 'POST', body: body(types) });
    expect((await insert(Array.from({ length: 201 }, () => 'Account'))).json).toMatchObject([
      { errorCode: 'EXCEEDED_ID_LIMIT' },
    ]);
    const mixed = Array.from({ length: 11 }, (_, i) => (i % 2 === 0 ? 'Account' : 'Product2'));
    expect((await insert(mixed)).status).toBe(400);
    expect((await insert(mixed.slice(1))).status).toBe(200);
  });
});

describe('result pages', () => {
  it('are those of the statement, can be read again, and end with their life', async () => {
    simulator.org.setKnobs({ queryPageSize: 50 });
    const first = (await client.query('SELECT Id, Name FROM Account ORDER BY Id')).json as {
      nextRecordsUrl: string;
      records: { Id: string; Name: string }[];
    };
    const next = (await client.call(first.nextRecordsUrl)).json as typeof first;
    simulator.org.transact([
      { op: 'update', object: 'Account', id: next.records[0]?.Id ?? '', fields: { Name: 'Later' } },
    ]);
    expect((await client.call(first.nextRecordsUrl)).json).toEqual(next);
    simulator.org.clock.advance(2 * 86_400_000);
    await client.login();
    expect((await client.call(first.nextRecordsUrl)).json).toMatchObject([
      { errorCode: 'INVALID_QUERY_LOCATOR' },
    ]);
  });

  it('follow the hint for their size, within its bounds', async () => {
    simulator.org.transact(
      Array.from(
        { length: 250 },
        (_, i) => ({ op: 'create', object: 'Account', fields: { Name: `Many ${i}` } }) as const,
      ),
    );
    const size = async (soql: string, hint: string): Promise<number> => {
      const headers = { 'Sforce-Query-Options': `batchSize=${hint}` };
      const answer = await client.call(`/query?q=${encodeURIComponent(soql)}`, { headers });
      return (answer.json as { records: unknown[] }).records.length;
    };
    expect(await size('SELECT Id FROM Account', '1')).toBe(200);
    expect(await size('SELECT Id FROM Account', '300')).toBe(300);
  });
});
