import { beforeAll, describe, expect, it } from '@jest/globals';
import { differences } from './checkers/equal.ts';
import { createProduct, type Offer } from './harness/catalogue.ts';
import { eventually } from './harness/eventually.ts';
import { Reader, type Meta } from './harness/reader.ts';
import { sharedWorld } from './harness/shared-world.ts';
import type { App } from './harness/world.ts';

/** Texts that are a command to some interpreter between the caller and the data, or that break a line. */
const corpus = [
  "'; DROP TABLE sf_product_shadow; --",
  "' OR '1'='1",
  "x' UNION SELECT version() --",
  "\\' OR Name != '",
  "\\\\' OR Id != null --",
  "%' OR Name LIKE '%",
  '%',
  '_____',
  '$1',
  '${7*7} {{7*7}}',
  '{"$ne":null}',
  '../../../etc/passwd',
  '*) (Id=*',
  "') OR (SELECT Id FROM Account) IN ('",
  'a\r\nX-Injected: yes',
  'line\u2028break\u2029end',
  '\u001b[2J\u001b[31mred\u001b]0;title\u0007',
  '\u202egnp.exe',
  'constructor',
  '__proto__',
  "e\u0301'ʼ＇",
  '東京🌸"\'',
  'x'.repeat(255),
] as const;

/** Those that a text field of Salesforce can hold as they are: it trims, and ends lines its own way. */
const storable = corpus.filter((text) => text.length <= 180 && !text.includes('\r'));

const stored = new Map<string, string>();
const world = sharedWorld(async (created) => {
  for (const text of storable)
    stored.set(
      text,
      await createProduct(
        created.org,
        { Name: text, StockKeepingUnit: text, Description: text, Item_Class__c: 'VPN Plan' },
        { EUR: 1 },
      ),
    );
  expect(await created.backfill(['--verify'])).toMatchObject({ code: 0 });
});

let app: App;
const readers: Record<string, Reader> = {};
beforeAll(async () => {
  app = await world().startBff({ LOG_LEVEL: 'debug' });
  readers['the shadow'] = new Reader(app, world().key);
  const live = await world().startBff({ ENABLE_SF_SHADOW_READS: 'false', LOG_LEVEL: 'debug' });
  readers['Salesforce'] = new Reader(live, world().key);
});

const sources: Readonly<Record<string, Meta['source']>> = {
  'the shadow': 'shadow',
  Salesforce: 'salesforce',
};

const readerOf = (source: string): Reader => {
  const reader = readers[source];
  if (reader === undefined) throw new Error(source);
  return reader;
};

describe('sec-14 and sec-15: a text that is a command elsewhere', () => {
  it('arrives from Salesforce as it is, in every table and column', async () => {
    expect(await differences(world().database, world().org)).toEqual([]);
    for (const [text, id] of stored) {
      const [row] = await world().database.rows(
        'select sku, name from sf_product_shadow where product_id = $1',
        [id],
      );
      expect(row).toEqual({ sku: text, name: text });
    }
  });

  it.each(['the shadow', 'Salesforce'])('finds exactly its own record in %s', async (source) => {
    await world().ops(['cache', 'clear']);
    for (const [text, id] of stored) {
      const { status, data, meta } = await readerOf(source).get<Offer>(
        `/api/catalog/products/${encodeURIComponent(text)}`,
      );
      expect([text, status, data.productId, data.sku]).toEqual([text, 200, id, text]);
      // A question that broke would have gone on to Salesforce, which gives the same answer.
      expect([text, meta.source]).toEqual([text, sources[source]]);
    }
  });

  it.each(['the shadow', 'Salesforce'])('is an unknown name to every route that asks %s', async (source) => {
    const reader = readerOf(source);
    for (const text of corpus) {
      const foreign = encodeURIComponent(`${text.slice(0, 240)}?`);
      const product = await reader.get(`/api/catalog/products/${foreign}`);
      expect([text, product.status, product.problem.code]).toEqual([text, 404, 'READ_NOT_FOUND']);
      const prices = await reader.get<{ prices: unknown[]; unknown: string[] }>(
        `/api/catalog/prices?skus=${foreign}`,
      );
      expect([text, prices.status, prices.data.prices]).toEqual([text, 200, []]);
      const region = await reader.get<{ plans: unknown[] }>(`/api/catalog/vpn/plans?region=${foreign}`);
      expect([text, region.status, region.data.plans]).toEqual([text, 200, []]);
      for (const path of [
        `/api/eligibility/${foreign}`,
        `/api/catalog/internet/plans?accountId=${foreign}`,
        `/api/catalog/sim/plans?currency=${foreign}`,
        `/api/catalog/sim/addons?${foreign}=1`,
      ])
        expect([text, path, (await reader.get(path)).status]).toEqual([text, path, 400]);
      const quote = await reader.quote({ currency: 'EUR', lines: [{ sku: `${text}?`, quantity: 1 }] });
      expect([text, quote.status]).toEqual([text, 400]);
      for (const reply of [product, prices, region, quote])
        expect(reply.headers.get('x-injected')).toBeNull();
    }
  });

  it('is usage to every command, and changes nothing', async () => {
    const before = await world().database.rows('select count(*)::int as n from sf_backfill_run');
    const text = "Account'; DROP TABLE sf_product_shadow; --";
    const commands = await Promise.all([
      world().backfill(['--objects', text]),
      world().backfill(['--since', `2026-01-01T00:00:00Z${text}`]),
      world().ops(['parked', '--object', text]),
      world().ops(['parked', '--reason', text]),
      world().ops(['parked', '--limit', `1; ${text}`]),
      world().ops(['key', 'add', '--label', text, '--scope', 'read']),
      world().ops(['key', 'add', '--label', 'x', '--scope', text]),
    ]);
    expect(commands.map(({ code }) => code)).toEqual(commands.map(() => 64));
    expect(await world().database.rows('select count(*)::int as n from sf_backfill_run')).toEqual(before);
    expect(await differences(world().database, world().org)).toEqual([]);
  });

  it('sec-17: stands in the log on one line of JSON, if at all', async () => {
    const answered = (): number => app.child.output.match(/"message":"request answered"/g)?.length ?? 0;
    const before = answered();
    for (const text of corpus)
      await readerOf('the shadow').get(`/api/catalog/products/${encodeURIComponent(text)}`);
    await eventually('a line for each request', 5_000, () => {
      expect(answered()).toBeGreaterThanOrEqual(before + corpus.length);
      return Promise.resolve();
    });
    const { output } = app.child;
    // What follows the last line end may still be on its way.
    const lines = output.slice(0, output.lastIndexOf('\n')).split('\n');
    for (const line of lines) {
      expect(() => JSON.parse(line) as unknown).not.toThrow();
      // eslint-disable-next-line no-control-regex -- control characters are the subject
      expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
    }
  });
});
