import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createUmbraClient, type UmbraClient, type UmbraClientOptions } from './umbra-client.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const meta = { source: 'shadow', asOf: '2026-01-01T00:00:00.000Z', ageSeconds: 7, stale: false };

function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
}

const plans = (name: string): Answer =>
  json(200, { data: { plans: [{ name }] }, meta }, { etag: `W/"${name}"` });

describe('client', () => {
  let server: Server;
  let answers: Answer[];
  let asked: IncomingMessage[];

  beforeEach(async () => {
    answers = [];
    asked = [];
    server = createServer((request, response) => {
      asked.push(request);
      const answer = answers.shift() ?? json(500, {});
      request.resume().on('end', () => answer(request, response));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  function open(options: Partial<UmbraClientOptions> = {}): UmbraClient {
    const { port } = server.address() as AddressInfo;
    return createUmbraClient({ baseUrl: `http://127.0.0.1:${port}`, key: 'umbra_key', ...options });
  }
  const simPlans = async (client: UmbraClient, currency?: string) => {
    const { data, error } = await client.GET('/api/catalog/sim/plans', {
      params: { query: currency === undefined ? {} : { currency } },
    });
    return data === undefined ? error.code : [data.data.plans[0]?.name, data.meta];
  };

  it('asks with its key, and what a route takes', async () => {
    answers = [plans('a'), plans('b')];
    expect(await simPlans(open(), 'EUR')).toEqual(['a', meta]);
    let tokens = 0;
    await simPlans(open({ key: () => Promise.resolve(`token-${(tokens += 1)}`) }));
    expect(asked.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/api/catalog/sim/plans?currency=EUR', 'Bearer umbra_key'],
      ['/api/catalog/sim/plans', 'Bearer token-1'],
    ]);
  });

  it('asks again by ETag, and what comes from memory says how old it is now', async () => {
    const told = {
      age: '60',
      'x-data-source': 'cache',
      'x-data-as-of': '2026-01-01T00:01:00.000Z',
      'x-data-stale': 'true',
    };
    answers = [
      plans('a'),
      (_request, response) => response.writeHead(304, { etag: 'W/"a"', ...told }).end(),
      plans('b'),
    ];
    const client = open();
    expect(await simPlans(client)).toEqual(['a', meta]);
    const now = { source: 'cache', asOf: '2026-01-01T00:01:00.000Z', ageSeconds: 60, stale: true };
    expect(await simPlans(client)).toEqual(['a', now]);
    expect(await simPlans(client)).toEqual(['b', meta]);
    expect(asked.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, 'W/"a"', 'W/"a"']);
  });

  it('keeps no more answers than it may, the ones used last', async () => {
    answers = ['EUR', 'USD', 'EUR', 'GBP', 'USD'].map((name) => plans(name));
    const client = open({ kept: 2 });
    for (const currency of ['EUR', 'USD', 'EUR', 'GBP', 'USD']) await simPlans(client, currency);
    expect(asked.map(({ headers }) => headers['if-none-match'])).toEqual([
      undefined,
      undefined,
      'W/"EUR"',
      undefined,
      undefined,
    ]);
  });

  it('comes back when it is told to, with the same body, and not for ever', async () => {
    const refused = json(503, { code: 'READ_UNAVAILABLE' }, { 'retry-after': '0' });
    const quote = { data: { currency: 'EUR', lines: [], total: '2.00' }, meta };
    answers = [
      refused,
      json(429, { code: 'READ_THROTTLED' }, { 'retry-after': '0' }),
      json(200, quote),
      refused,
      refused,
    ];
    const { data } = await open().POST('/api/orders/quote', { body: { lines: [{ sku: 'A', quantity: 1 }] } });
    expect(data?.data.total).toBe('2.00');
    expect(asked.map(({ headers }) => headers['content-length'])).toEqual(['36', '36', '36']);
    expect(await simPlans(open({ retries: 1 }))).toBe('READ_UNAVAILABLE');
    expect(asked).toHaveLength(5);
  });

  it('hands on a refusal that asks for too much patience, and every other problem', async () => {
    answers = [
      json(503, { code: 'READ_NOT_FRESH' }, { 'retry-after': '3600' }),
      json(404, { code: 'READ_NOT_FOUND' }),
    ];
    const client = open();
    expect(await simPlans(client)).toBe('READ_NOT_FRESH');
    expect(await simPlans(client)).toBe('READ_NOT_FOUND');
  });

  it('stops waiting when the caller does', async () => {
    answers = [json(503, { code: 'READ_UNAVAILABLE' }, { 'retry-after': '9' })];
    const asking = new AbortController();
    const waiting = open().GET('/api/catalog/sim/plans', { signal: asking.signal });
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    asking.abort(new Error('no longer needed'));
    await expect(waiting).rejects.toThrow('no longer needed');
  });
});
