import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import jsforce, { type Connection } from 'jsforce';
import { startSimulator, type Simulator } from '../start-simulator.ts';
import { assertionFor } from './raw-client.ts';

/** jsforce as an ordinary client: whatever it can do with a real org it must be able to do here. */
let simulator: Simulator;
let conn: Connection;

const connection = (options: Record<string, unknown> = {}): Connection =>
  new jsforce.Connection({ loginUrl: simulator.url, version: '62.0', logLevel: 'NONE', ...options });

beforeAll(async () => {
  simulator = await startSimulator({ scale: 'demo', seed: 7 });
  conn = connection();
  await conn.authorize({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: await assertionFor(simulator),
  });
});

afterAll(() => simulator.close());

describe('login', () => {
  it('by JWT bearer names instance, user and organisation', () => {
    const { identity } = simulator.org;
    expect(conn.instanceUrl).toBe(simulator.url);
    expect(conn.userInfo).toMatchObject({
      id: identity.integrationUserId,
      organizationId: identity.organizationId,
    });
  });

  it('by user name and password over SOAP, and logout', async () => {
    const { username, password } = simulator.credentials;
    const soap = connection();
    const user = await soap.login(username, password);
    expect(user.organizationId).toBe(simulator.org.identity.organizationId);
    expect((await soap.query('SELECT Id FROM Organization')).totalSize).toBe(1);
    const { accessToken } = soap;
    await soap.logout();
    expect(simulator.findSession(accessToken ?? '')).toBeUndefined();
  });

  it('by user name and password over OAuth, and revocation', async () => {
    const { username, password, clientId, clientSecret } = simulator.credentials;
    const oauth = connection({ oauth2: { loginUrl: simulator.url, clientId, clientSecret } });
    await oauth.login(username, password);
    const { accessToken } = oauth;
    expect(simulator.findSession(accessToken ?? '')).toBeDefined();
    await oauth.logout();
    expect(simulator.findSession(accessToken ?? '')).toBeUndefined();
  });

  it('fails with a wrong password', async () => {
    await expect(connection().login(simulator.credentials.username, 'wrong')).rejects.toThrow(
      'INVALID_LOGIN',
    );
  });

  it('is renewed by the refresh token once the session has ended', async () => {
    const { clientId, clientSecret, refreshToken } = simulator.credentials;
    const renewed: string[] = [];
    const old = connection({
      oauth2: { loginUrl: simulator.url, clientId, clientSecret },
      instanceUrl: simulator.url,
      accessToken: 'gone',
      refreshToken,
    });
    old.on('refresh', (token: string) => renewed.push(token));
    expect((await old.query('SELECT Id FROM Organization')).totalSize).toBe(1);
    expect(renewed).toHaveLength(1);
  });

  it('shows who is logged in', async () => {
    const who = await conn.identity();
    expect(who).toMatchObject({
      user_id: simulator.org.identity.integrationUserId,
      organization_id: simulator.org.identity.organizationId,
      username: simulator.credentials.username,
    });
  });
});

describe('query', () => {
  it('answers leaves, parents and compounds', async () => {
    const { records } = await conn.query(
      'SELECT Id, UnitPrice, IsActive, Product2.Name, Product2.StockKeepingUnit FROM PricebookEntry ORDER BY Id LIMIT 3',
    );
    expect(records).toHaveLength(3);
    expect(records[0]).toMatchObject({
      attributes: {
        type: 'PricebookEntry',
        url: expect.stringContaining('/services/data/v62.0/sobjects/PricebookEntry/01u'),
      },
      UnitPrice: expect.any(Number),
      Product2: { attributes: { type: 'Product2' }, Name: expect.any(String) },
    });
  });

  it('pages with queryMore', async () => {
    simulator.org.setKnobs({ queryPageSize: 30 });
    const ids = new Set<string>();
    let page = await conn.query<{ Id: string }>('SELECT Id FROM Account');
    const { totalSize } = page;
    for (;;) {
      expect(page.records.length).toBeLessThanOrEqual(30);
      for (const { Id } of page.records) ids.add(String(Id));
      if (page.done || page.nextRecordsUrl === undefined) break;
      page = await conn.queryMore(page.nextRecordsUrl);
    }
    simulator.org.setKnobs({ queryPageSize: 2000 });
    expect(totalSize).toBeGreaterThan(100);
    expect(ids.size).toBe(totalSize);
  });

  it('counts, groups and aggregates', async () => {
    expect(
      (await conn.query('SELECT COUNT() FROM Product2 WHERE IsActive = true')).totalSize,
    ).toBeGreaterThan(5);
    const { records } = await conn.query<{ CurrencyIsoCode: string; n: number }>(
      'SELECT CurrencyIsoCode, COUNT(Id) n, MIN(UnitPrice), MAX(UnitPrice) FROM PricebookEntry GROUP BY CurrencyIsoCode ORDER BY COUNT(Id) DESC',
    );
    expect(records.length).toBeGreaterThan(1);
    expect(records[0]).toMatchObject({ attributes: { type: 'AggregateResult' }, expr0: expect.any(Number) });
  });

  it('reports what is wrong with a query', async () => {
    await expect(conn.query('SELECT Id FROM Nonsense')).rejects.toMatchObject({ errorCode: 'INVALID_TYPE' });
    await expect(conn.query('SELECT Nonsense__c FROM Account')).rejects.toMatchObject({
      errorCode: 'INVALID_FIELD',
    });
    await expect(conn.query('SELECT FROM Account')).rejects.toMatchObject({ errorCode: 'MALFORMED_QUERY' });
  });
});

describe('describe', () => {
  it('lists the objects', async () => {
    const { sobjects } = await conn.describeGlobal();
    expect(sobjects.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Account', 'Product2', 'Pricebook2', 'PricebookEntry', 'User', 'Organization']),
    );
  });

  it('names fields that a query then takes, all of them', async () => {
    for (const name of ['Account', 'Product2', 'PricebookEntry', 'Pricebook2', 'User', 'CurrencyType']) {
      const { fields } = await conn.describe(name);
      const soql = `SELECT ${fields.map((field) => field.name).join(', ')} FROM ${name} LIMIT 2`;
      const { records } = await conn.query(soql);
      expect(records.length).toBeGreaterThan(0);
    }
  });
});

describe('records', () => {
  it('are created, read, changed and deleted', async () => {
    const created = await conn.create('Account', { Name: 'Conformance Ltd', BillingCity: 'Ghent' });
    expect(created).toMatchObject({ success: true, errors: [] });
    const id = created.id ?? '';
    expect(await conn.retrieve('Account', id)).toMatchObject({ Id: id, BillingAddress: { city: 'Ghent' } });
    expect(await conn.update('Account', { Id: id, Name: 'Conformance plc' })).toMatchObject({
      success: true,
    });
    const soql = `SELECT Name, IsDeleted FROM Account WHERE Id = '${id}'`;
    expect((await conn.query(soql)).records).toMatchObject([{ Name: 'Conformance plc', IsDeleted: false }]);
    expect(await conn.destroy('Account', id)).toMatchObject({ success: true });
    await expect(conn.retrieve('Account', id)).rejects.toMatchObject({ errorCode: 'ENTITY_IS_DELETED' });
    const all = await conn.query(soql, { scanAll: true });
    expect(all.records).toMatchObject([{ IsDeleted: true }]);
  });

  it('report a required field that is missing', async () => {
    await expect(conn.create('Account', { BillingCity: 'Ghent' })).rejects.toMatchObject({
      errorCode: 'REQUIRED_FIELD_MISSING',
      message: 'Required fields are missing: [Name]',
    });
  });

  it('carry the name of the client that changed them', async () => {
    const named = connection({
      instanceUrl: simulator.url,
      accessToken: conn.accessToken,
      callOptions: { client: 'umbra' },
    });
    await named.create('Account', { Name: 'Origin' });
    expect(simulator.org.history.last).toMatchObject({
      client: 'umbra',
      changeOrigin: 'com/salesforce/api/rest/62.0;client=umbra',
    });
  });
});

describe('collections', () => {
  it('write many records in one transaction each', async () => {
    const names = ['One', 'Two', 'Three'];
    const before = simulator.org.history.length;
    const created = await conn.create(
      'Account',
      names.map((Name) => ({ Name })),
    );
    expect(simulator.org.history.length).toBe(before + 1);
    const ids = created.map(({ id }) => id ?? '');
    expect(created.every(({ success }) => success)).toBe(true);
    const read = await conn.retrieve('Account', [...ids, '0015g0zzzzzzzzzAAA'], { fields: ['Id', 'Name'] });
    expect(read).toMatchObject([...names.map((Name) => ({ Name })), null]);
    const updated = await conn.update('Account', [
      { Id: ids[0] ?? '', Name: 'Uno' },
      { Id: ids[1] ?? '', Nonsense__c: 1 },
    ]);
    expect(updated).toMatchObject([
      { success: true },
      { success: false, errors: [{ statusCode: expect.any(String) }] },
    ]);
    expect(await conn.destroy('Account', ids)).toMatchObject(names.map(() => ({ success: true })));
  });

  it('roll all back when one must not fail alone', async () => {
    const results = await conn.create('Account', [{ Name: 'Good' }, { BillingCity: 'Ghent' }], {
      allOrNone: true,
    });
    expect(results).toMatchObject([
      { success: false, errors: [{ statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK' }] },
      { success: false, errors: [{ statusCode: 'REQUIRED_FIELD_MISSING' }] },
    ]);
  });
});

describe('Bulk API 2.0', () => {
  it('answers what a query answers', async () => {
    conn.bulk2.pollInterval = 20;
    const soql = 'SELECT Id, Name, Description FROM Product2 WHERE IsActive = true';
    const stream = await conn.bulk2.query(soql);
    const rows = (await stream.toArray()) as { Id: string; Name: string; Description: string | null }[];
    const { records } = await conn.query<{ Id: string; Name: string; Description: string | null }>(soql);
    const byId = (list: typeof rows): string[] =>
      list.map(({ Id, Name, Description }) => JSON.stringify([Id, Name, Description ?? ''])).sort();
    expect(byId(rows)).toEqual(byId(records));
  });
});

describe('limits', () => {
  it('show the allocation and count what was used', async () => {
    const before = (await conn.limits())['DailyApiRequests'];
    const after = (await conn.limits())['DailyApiRequests'];
    expect(after?.Remaining).toBe((before?.Remaining ?? 0) - 1);
    expect(conn.limitInfo.apiUsage).toEqual({ used: simulator.org.limits.dailyUsed(), limit: after?.Max });
  });
});
