import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { idOf } from '../org/ids.ts';
import { openOrg } from '../org/open-org.ts';
import type { Org } from '../org/org.ts';
import { startControl, type ControlServer } from './control-server.ts';

let org: Org;
let control: ControlServer;

beforeEach(async () => {
  org = openOrg({ scale: 'demo', seed: 7 });
  control = await startControl(org, { port: 0 });
});
afterEach(async () => {
  await control.close();
  org.close();
});

/** Parsed JSON, to be looked into. */
interface Tree {
  readonly [key: string]: Tree | undefined;
}

async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: Tree; text: string }> {
  const answer = await fetch(control.url + path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.startsWith('application/json') ?? false;
  return { status: answer.status, text, body: (isJson ? JSON.parse(text) : {}) as Tree };
}

const lines = (text: string): Tree[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Tree);

describe('the control API', () => {
  it('carries out transactions and shows them in truth and history', async () => {
    const id = idOf('001', 1);
    const done = await call('POST', '/transactions', {
      client: 'test',
      edits: [
        { op: 'update', object: 'Account', id, fields: { Phone: '1' } },
        { op: 'update', object: 'Product2', id: idOf('01t', 1), fields: { Name: 'x' } },
        { op: 'delete', id: idOf('001', 2) },
      ],
    });
    expect(done.body).toMatchObject({
      results: [{ id, success: true, errors: [] }, {}, {}],
      commit: { seq: 1, changes: 3 },
    });
    expect(done.body['commit']?.['commitNumber']).toMatch(/^\d{19}$/);

    const accounts = lines((await call('GET', '/truth/Account')).text);
    expect(accounts).toHaveLength(197);
    expect(accounts[0]).toMatchObject({ Id: id, Phone: '1', Owner_Team__c: expect.any(String) });
    expect(accounts[0]).not.toHaveProperty('BillingAddress');
    expect(lines((await call('GET', '/truth/Account?all=true&fields=Id,IsDeleted')).text)[1]).toEqual({
      Id: idOf('001', 2),
      IsDeleted: true,
    });
    expect((await call('GET', '/truth')).body['Account']).toEqual({ live: 197, binned: 3 });

    const history = lines((await call('GET', '/history')).text);
    expect(history).toMatchObject([
      { seq: 1, commitNumber: done.body['commit']?.['commitNumber'], client: 'test' },
    ]);
    expect(lines((await call('GET', '/history?object=Product2')).text)[0]?.['changes']).toHaveLength(1);
    expect((await call('GET', '/history?from=2')).text).toBe('');
  });

  it('sets and clears faults, knobs, limits, clock, schema and tokens', async () => {
    const fault = await call('POST', '/faults', {
      match: { route: 'query' },
      nth: 1,
      status: 503,
      htmlBody: true,
    });
    const faultId = 'fault-1';
    expect(fault.body).toEqual({ id: faultId });
    expect((await call('GET', '/faults')).body).toEqual([
      {
        id: faultId,
        match: { route: 'query' },
        nth: 1,
        status: 503,
        htmlBody: true,
        seen: 0,
        hits: 0,
      },
    ]);
    expect((await call('DELETE', `/faults/${faultId}`)).status).toBe(204);
    expect((await call('DELETE', `/faults/${faultId}`)).status).toBe(404);
    expect((await call('DELETE', '/faults')).status).toBe(204);

    expect((await call('PATCH', '/knobs', { readLag: 30, hideRows: { Account: 0.5 } })).body).toMatchObject({
      readLag: 30,
      commitDelay: 0,
    });
    expect(org.knobs.readLag).toBe(30);
    expect((await call('PATCH', '/limits', { dailyUsed: 100 })).body['DailyApiRequests']?.['Remaining']).toBe(
      149_900,
    );
    expect((await call('GET', '/counters')).body).toMatchObject({ dailyUsed: 100, withoutClient: 0 });
    expect((await call('DELETE', '/counters')).status).toBe(204);

    const before = org.clock.now();
    const clock = await call('POST', '/clock', { frozen: true, offsetSeconds: -600, advanceSeconds: 3_600 });
    expect(clock.body).toMatchObject({ frozen: true, offsetSeconds: -600 });
    expect(Math.abs(org.clock.now() - before - 3_000_000)).toBeLessThan(60_000);

    expect(
      (
        await call('POST', '/schema', {
          change: 'add',
          object: 'Account',
          field: 'New__c',
          type: 'string',
          length: 5,
          before: 'Phone',
        })
      ).body['revision'],
    ).toBeGreaterThan(1);
    expect(
      (await call('POST', '/schema', { change: 'hide', object: 'Account', field: 'New__c' })).status,
    ).toBe(200);
    expect((await call('GET', '/schema')).body['objects']?.['Account']?.['revision']).toBe(3);
    expect(
      (
        await call('POST', '/schema', {
          change: 'retype',
          object: 'Account',
          field: 'New__c',
          type: 'double',
        })
      ).status,
    ).toBe(200);
    expect(
      (await call('POST', '/schema', { change: 'remove', object: 'Account', field: 'New__c' })).status,
    ).toBe(200);

    expect((await call('POST', '/tokens/revoke')).status).toBe(204);
    expect(org.tokensRevokedAt).toBe(org.clock.now());
    expect((await call('GET', '/health')).body).toMatchObject({
      status: 'ok',
      scale: 'demo',
      seed: 7,
      instanceName: 'UMB7',
    });
  });

  it('names every problem and does nothing', async () => {
    expect(await call('POST', '/transactions', { edits: [{ op: 'delete' }, { op: 'fly' }] })).toMatchObject({
      status: 400,
      body: { problems: [expect.stringContaining('edits.0.id'), expect.stringContaining('edits.1.op')] },
    });
    expect(await call('PATCH', '/knobs', { readLag: -1, nonsense: true })).toMatchObject({
      status: 400,
      body: { problems: [expect.stringContaining('readLag'), expect.stringContaining('nonsense')] },
    });
    expect(await call('POST', '/faults', { match: { path: '(' } })).toMatchObject({ status: 400 });
    expect(await call('POST', '/clock', { advance: 1 })).toMatchObject({ status: 400 });
    expect(await call('GET', '/truth/Nope')).toMatchObject({
      status: 400,
      body: { problems: ["INVALID_TYPE: sObject type 'Nope' is not supported."] },
    });
    expect(await call('GET', '/truth/Account?fields=Nope')).toMatchObject({ status: 400 });
    expect(await call('POST', '/schema', { change: 'hide', object: 'Account', field: 'Name' })).toMatchObject(
      { status: 400 },
    );
    expect((await call('GET', '/nope')).status).toBe(404);
    expect(org.history.length).toBe(0);
    expect(org.knobs.readLag).toBe(0);
  });

  it('refuses foreign host names', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request(`${control.url}/health`, { headers: { host: 'rebound.example:80' } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .once('error', reject)
        .end();
    });
    expect(status).toBe(403);
  });

  it('keeps no snapshot open after an answer, a refusal or a lost reader', async () => {
    await call('GET', '/truth');
    await call('GET', '/truth/Account');
    await call('GET', '/truth/Account?fields=Nope');
    await call('GET', '/truth/Nope');
    const aborter = new AbortController();
    await fetch(`${control.url}/truth/Account`, { signal: aborter.signal });
    aborter.abort();
    while ((await call('GET', '/health')).body['openSnapshots'] !== (0 as unknown)) {
      // The server learns of a lost reader a moment later.
    }
    expect(org.openSnapshots).toBe(0);
  });
});
