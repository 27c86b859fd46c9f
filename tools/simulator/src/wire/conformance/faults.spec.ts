import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '../start-simulator.ts';
import { RawClient } from './raw-client.ts';

let simulator: Simulator;
let client: RawClient;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 7 });
  client = await new RawClient(simulator).login();
});
afterAll(() => simulator.close());
afterEach(() => simulator.org.faults.clear());

const account = { method: 'POST', body: { Name: 'Fault' } };

async function accountsNamed(name: string): Promise<number> {
  simulator.org.faults.clear();
  const soql = `SELECT COUNT() FROM Account WHERE Name = '${name}'`;
  const { json } = await client.query(soql);
  return (json as { totalSize: number }).totalSize;
}

async function finishedJob(): Promise<string> {
  const body = { operation: 'query', query: 'SELECT Id, Name FROM Account' };
  const { id } = (await client.call('/jobs/query', { method: 'POST', body })).json as { id: string };
  for (;;) {
    const { state } = (await client.call(`/jobs/query/${id}`)).json as { state: string };
    if (state === 'JobComplete') return id;
  }
}

describe('a switched fault', () => {
  it('answers in place of its route, in HTML, on the call it is set for', async () => {
    simulator.org.faults.add({ match: { route: 'query' }, htmlBody: true, nth: 2 });
    const ask = () => client.query('SELECT Id FROM Account LIMIT 1');
    const answers = [await ask(), await ask(), await ask()];
    expect(answers.map(({ status }) => status)).toEqual([200, 503, 200]);
    expect(answers[1]?.headers.get('content-type')).toBe('text/html');
    expect(answers[1]?.text).toContain('<h1>Server Unavailable</h1>');
    expect((await client.call('/limits')).status).toBe(200);
  });

  it.each([
    [{ status: 420, htmlBody: true }, 420, 'We are setting things up'],
    [{ status: 429 }, 429, ''],
    [{ status: 406 }, 406, ''],
    [{ status: 500, body: 'plain words' }, 500, 'plain words'],
    [
      { status: 403, body: [{ errorCode: 'TXN_SECURITY_METERING_ERROR', message: 'too long' }] },
      403,
      '[{"errorCode":"TXN_SECURITY_METERING_ERROR","message":"too long"}]',
    ],
    [{ status: 200, body: '<html>', headers: { 'X-Odd': '1' } }, 200, '<html>'],
  ])('%p', async (action, status, body) => {
    simulator.org.faults.add({ match: { path: '^/services/data/v62.0/limits' }, ...action });
    const answer = await client.call('/limits');
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(body);
  });

  it('reaches the token endpoint too', async () => {
    simulator.org.faults.add({ match: { route: 'token' }, status: 503, htmlBody: true, times: 1 });
    const answer = await client.form('/services/oauth2/token', { grant_type: 'x' });
    expect(answer.status).toBe(503);
  });

  it('loses the answer of a request that was carried out', async () => {
    simulator.org.faults.add({ match: { route: 'sobject-create' }, dropAnswer: true, times: 1 });
    await expect(
      client.call('/sobjects/Account', { method: 'POST', body: { Name: 'Lost answer' } }),
    ).rejects.toThrow();
    expect(await accountsNamed('Lost answer')).toBe(1);
  });

  it('refuses without carrying out', async () => {
    simulator.org.faults.add({ match: { route: 'sobject-create' }, status: 503 });
    expect((await client.call('/sobjects/Account', account)).status).toBe(503);
    expect(await accountsNamed('Fault')).toBe(0);
  });

  it.each([0, 100])('cuts a download after %p bytes', async (cutAfterBytes) => {
    const id = await finishedJob();
    simulator.org.faults.add({ match: { route: 'bulk-results' }, cutAfterBytes });
    await expect(client.call(`/jobs/query/${id}/results`)).rejects.toThrow();
    simulator.org.faults.add({ match: { route: 'query' }, cutAfterBytes });
    await expect(client.query('SELECT Id FROM Account')).rejects.toThrow();
  });

  it('ends a download early without a sign, but for the count', async () => {
    const id = await finishedJob();
    const whole = await client.call(`/jobs/query/${id}/results`);
    simulator.org.faults.add({ match: { route: 'bulk-results' }, limitDataBytes: 300 });
    const short = await client.call(`/jobs/query/${id}/results`);
    expect(short.status).toBe(200);
    expect(short.text).toBe(Buffer.from(whole.text).subarray(0, 300).toString());
    expect(short.headers.get('sforce-numberofrecords')).toBe(whole.headers.get('sforce-numberofrecords'));
  });

  it('delays an answer while others pass', async () => {
    simulator.org.faults.add({ match: { route: 'limits' }, latencyMs: 300 });
    const order: string[] = [];
    await Promise.all([
      client.call('/limits').then(() => order.push('limits')),
      client.call('/sobjects').then(() => order.push('sobjects')),
    ]);
    expect(order).toEqual(['sobjects', 'limits']);
  });

  it('can be switched from outside, over the control API', async () => {
    const response = await fetch(`${simulator.controlUrl}/faults`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ match: { route: 'limits' }, status: 503 }),
    });
    expect(response.ok).toBe(true);
    expect((await client.call('/limits')).status).toBe(503);
  });
});

describe('a client that hangs up', () => {
  it('leaves the simulator whole', async () => {
    const id = await finishedJob();
    const failures: unknown[] = [];
    const other = await startSimulator({ scale: '100k', onFailure: (error) => failures.push(error) });
    const loader = await new RawClient(other).login();
    const body = { operation: 'query', query: 'SELECT Id, Name, BillingStreet FROM Account' };
    const { id: big } = (await loader.call('/jobs/query', { method: 'POST', body })).json as { id: string };
    for (let state = ''; state !== 'JobComplete';)
      ({ state } = (await loader.call(`/jobs/query/${big}`)).json as { state: string });
    const leaving = new AbortController();
    const response = await fetch(`${other.url}/services/data/v62.0/jobs/query/${big}/results`, {
      headers: { Authorization: `Bearer ${loader.token}` },
      signal: leaving.signal,
    });
    leaving.abort();
    await expect(response.text()).rejects.toThrow();
    expect((await loader.call('/limits')).status).toBe(200);
    expect((await client.call(`/jobs/query/${id}/results`)).status).toBe(200);
    await other.close();
    expect(failures).toEqual([]);
  });
});
