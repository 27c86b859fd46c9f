import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createProduct, readRoutes, type Offer } from './harness/catalogue.ts';
import { Child } from './harness/child.ts';
import { Reader } from './harness/reader.ts';
import { sharedWorld } from './harness/shared-world.ts';
import type { App } from './harness/world.ts';

let bff: App;
let reader: Reader;
const world = sharedWorld(async (created) => {
  await createProduct(created.org, { Name: 'Euro only', StockKeepingUnit: 'EUR-ONLY' }, { EUR: 10.5 });
  expect(await created.backfill()).toMatchObject({ code: 0 });
});
beforeAll(async () => {
  bff = await world().startBff();
  reader = new Reader(bff, world().key);
});

interface Plans {
  readonly plans: readonly Offer[];
  readonly eligibility?: string;
}
const skus = ({ data }: { data: Plans }): string[] => data.plans.map(({ sku }) => sku);
const accountPlans = (id: string) => reader.get<Plans>(`/api/catalog/internet/plans?accountId=${id}`);

interface Example {
  readonly request: () => ReturnType<Reader['get']>;
  /** The answer as it is printed: an ellipsis stands for more of a list. */
  readonly answer: string;
}

/** The console examples of the README with their answers, line breaks for the eye taken out. */
function documented(): Example[] {
  const readme = readFileSync('README.md', 'utf8');
  return [...readme.matchAll(/```console\n\$ (curl (?:.*\\\n)*.*)\n([^`]*)```/g)].map(
    ([, command = '', answer = '']) => {
      const path = /http:\/\/127\.0\.0\.1:3000([^\s']+)/.exec(command)?.[1] ?? '';
      const body = / -d '([^']+)'/.exec(command)?.[1];
      return {
        request: () => (body === undefined ? reader.get(path) : reader.quote(JSON.parse(body))),
        answer: answer.trim().replaceAll(/\n\s*/g, ''),
      };
    },
  );
}

/** Times are those of the moment. */
const timeless = (text: string): string =>
  text.replace(/"asOf":"[^"]+","ageSeconds":\d+/, '"asOf":"…","ageSeconds":0');

describe('after a backfill the BFF answers from the shadow', () => {
  it('the five questions of the README, letter by letter', async () => {
    const examples = documented();
    expect(examples).toHaveLength(5);
    for (const { request, answer } of examples) {
      const [before = '', after = ''] = answer.split(' …');
      const reply = await request();
      expect(reply.status).toBe(200);
      expect(reply.meta).toMatchObject({ source: 'shadow', stale: false });
      const text = timeless(reply.text);
      if (after === '') expect(text).toBe(timeless(answer));
      else {
        expect(text.slice(0, before.length)).toBe(before);
        expect(text.slice(-timeless(after).length)).toBe(timeless(after));
      }
    }
  });

  it('every route: then from the cache, with the same ETag, and 304 to whoever has it', async () => {
    await world().ops(['cache', 'clear']);
    const tags = new Set<string>();
    for (const path of readRoutes) {
      const first = await reader.get(path);
      expect([path, first.status]).toEqual([path, 200]);
      expect(first.headers.get('x-data-source')).toBe(first.meta.source);
      expect(Number(first.headers.get('age'))).toBe(first.meta.ageSeconds);
      expect(Date.now() - Date.parse(first.meta.asOf)).toBeGreaterThanOrEqual(300_000);
      let again = await reader.get(path);
      while (again.meta.source !== 'cache') again = await reader.get(path);
      expect([again.data, again.headers.get('etag')]).toEqual([first.data, first.headers.get('etag')]);
      const etag = first.headers.get('etag') ?? '';
      const known = await reader.get(path, { 'if-none-match': etag });
      expect([known.status, known.text, known.headers.get('etag')]).toEqual([304, '', etag]);
      tags.add(etag);
    }
    expect(tags.size).toBe(readRoutes.length);
  });

  it('offers an account what its eligibility names, and says why there may be nothing', async () => {
    const types = new Map(
      (await reader.get<Plans>('/api/catalog/internet/plans')).data.plans.map((plan) => [
        plan.sku,
        plan.offeringType,
      ]),
    );
    expect(types.size).toBeGreaterThanOrEqual(12);
    const offered = async (id: string): Promise<(string | null | undefined)[]> => [
      ...new Set(skus(await accountPlans(id)).map((sku) => types.get(sku))),
    ];
    expect(await offered('0015g0000000001AAA')).toEqual(['FTTH']);
    expect((await offered('0015g000000000AAAQ')).sort()).toEqual(['Cable', 'FTTH']); // "ftth ; Cable"
    expect((await accountPlans('0015g0000000003AAA')).data).toMatchObject({
      plans: [],
      eligibility: 'not-eligible',
    });
    expect((await accountPlans('0015g0000000004AAA')).data).toMatchObject({
      plans: [],
      eligibility: 'unknown',
    });
  });

  it('widens short account ids, refuses malformed ones, and knows no account that is not there', async () => {
    const short = await reader.get<{ accountId: string }>('/api/eligibility/0015g0000000002');
    expect([short.status, short.data.accountId]).toEqual([200, '0015g0000000002AAA']);
    for (const path of [
      '/api/eligibility/0015g00000ZZZZZ',
      '/api/catalog/internet/plans?accountId=0015g00000ZZZZZ',
    ])
      expect([path, (await reader.get(path)).problem]).toEqual([
        path,
        expect.objectContaining({ status: 404, code: 'READ_NOT_FOUND' }),
      ]);
    for (const id of ['0015g0000000002AAB', '01t5g0000000001AAA', '0015g000', "0015g000000000'"])
      expect([id, (await reader.get(`/api/eligibility/${id}`)).problem]).toEqual([
        id,
        expect.objectContaining({
          status: 400,
          problems: ['accountId: is no account id (15 or 18 characters, beginning with 001)'],
        }),
      ]);
  });

  it.each(['INT-ADSL-LEGACY', 'SIM-3G-CLASSIC'])(
    'shows %s, which is no longer offered, by its SKU only and without prices',
    async (sku) => {
      const product = await reader.get<Offer>(`/api/catalog/products/${sku}`);
      expect(product.status).toBe(200);
      expect(product.data).toMatchObject({ sku, active: false, prices: [] });
      for (const list of ['internet', 'sim'])
        expect(skus(await reader.get<Plans>(`/api/catalog/${list}/plans`))).not.toContain(sku);
      expect((await reader.get(`/api/catalog/prices?skus=${sku}`)).data).toMatchObject({
        prices: [{ sku, active: false, prices: [] }],
        unknown: [],
      });
      const quote = await reader.quote({ currency: 'EUR', lines: [{ sku, quantity: 1 }] });
      expect(quote.problem).toMatchObject({
        status: 400,
        problems: ['lines[0].sku: is no longer offered'],
      });
    },
  );

  it('knows no deleted product, no parked one, and no price that it cannot hold exactly', async () => {
    const deleted = 'INT-CABLE-PLATINUM-OLD';
    expect((await reader.get(`/api/catalog/products/${deleted}`)).problem).toMatchObject({ status: 404 });
    expect((await reader.get(`/api/catalog/prices?skus=${deleted}`)).data).toEqual({
      prices: [],
      unknown: [deleted],
    });
    const quote = await reader.quote({ currency: 'EUR', lines: [{ sku: deleted, quantity: 1 }] });
    expect(quote.problem).toMatchObject({ status: 400, problems: ['lines[0].sku: is not a product'] });

    const names = async (path: string): Promise<string[]> =>
      (await reader.get<Plans>(path)).data.plans.map(({ name }) => name);
    expect(await names('/api/catalog/internet/plans')).not.toContain('Fibre 10G pilot');
    const promos = (await names('/api/catalog/sim/plans')).filter((name) => name.startsWith('Mobile Promo'));
    expect(promos).toEqual(['Mobile Promo spring']);
    for (const sku of ['SIM-IOT', 'VPN-SOVEREIGN'])
      expect((await reader.get<Offer>(`/api/catalog/products/${sku}`)).data).toMatchObject({
        active: true,
        prices: [],
      });
  });

  it('narrows prices to a currency, and a product without one has none', async () => {
    const { data } = await reader.get<Plans>('/api/catalog/sim/plans?currency=JPY');
    const yen = new Map(data.plans.map(({ sku, prices }) => [sku, prices]));
    expect(yen.get('SIM-M')).toEqual([{ currency: 'JPY', unitPrice: '2900.00' }]);
    expect(yen.get('SIM-DATA')).toEqual([]);
    expect((await reader.get<Plans>('/api/catalog/vpn/plans?region=eu')).data.plans).toEqual(
      expect.arrayContaining([expect.objectContaining({ sku: 'VPN-EU' })]),
    );
    for (const currency of ['euro', 'eur', 'E1R'])
      expect((await reader.get(`/api/catalog/sim/plans?currency=${currency}`)).problem).toMatchObject({
        status: 400,
        problems: ['currency: needs an ISO 4217 code like EUR'],
      });
  });

  it('quotes exactly, in the one currency that all lines share or in the one that is named', async () => {
    const one = (sku: string, quantity = 1) => ({ sku, quantity });
    const alone = await reader.quote({ lines: [one('EUR-ONLY', 3), one('SIM-M', 9999)] });
    expect(alone.status).toBe(200);
    expect(alone.meta.source).toBe('shadow');
    expect(alone.data).toMatchObject({
      currency: 'EUR',
      lines: [{ total: '31.50' }, { unitPrice: '17.90', total: '178982.10' }],
      total: '179013.60',
    });
    const refusals: readonly (readonly [unknown, string])[] = [
      [{ lines: [one('SIM-M')] }, 'currency: is needed, as all lines have prices in EUR, GBP, JPY, USD'],
      [{ currency: 'GBP', lines: [one('SIM-M'), one('EUR-ONLY')] }, 'lines[1].sku: has no price in GBP'],
      [{ lines: [one('SIM-IOT')] }, 'lines[0].sku: has no price'],
      [{ lines: [one('NOPE')] }, 'lines[0].sku: is not a product'],
      [{ lines: [one('SIM-M', 0)] }, 'lines[0].quantity: needs a whole number from 1 to 9999'],
      [{ lines: [one('SIM-M', 10_000)] }, 'lines[0].quantity: needs a whole number from 1 to 9999'],
      [{ lines: [one('SIM-M', 1.5)] }, 'lines[0].quantity: needs a whole number from 1 to 9999'],
      [{ lines: [] }, 'lines: needs at least one line'],
      [{ lines: [{ ...one('SIM-M'), discount: 5 }] }, 'lines[0].discount: is not known here'],
    ];
    for (const [order, problem] of refusals) {
      const { status, problem: told } = await reader.quote(order);
      expect([order, status, told.problems]).toEqual([order, 400, [problem]]);
    }
  });

  it('and Salesforce was not asked for a single record', async () => {
    const { text } = await reader.get('/metrics');
    expect(text).not.toMatch(/^bff_reads_total\{[^}]*source="salesforce"/m);
    // Its start may describe the objects, to compare the field map; nothing may read records.
    const routes = [...text.matchAll(/^sf_api_requests_total\{route="([^"]+)"/gm)].map(([, route]) => route);
    expect(routes.filter((route) => route !== 'describe')).toEqual([]);
  });

  it('the example of the typed client shows what an account may buy', async () => {
    const asked = [
      '--url',
      bff.url,
      '--key',
      world().key,
      '--account',
      '0015g0000000002AAA',
      '--currency',
      'EUR',
    ];
    const example = new Child('example', ['libs/client/examples/offer-plans.ts', ...asked], {});
    expect(await example.exited()).toBe(0);
    expect(example.output).toMatch(
      /^0015g0000000002AAA is eligible: \d+ plans\nas of 20\S+ \(\d+ s old, from the \w+\)\n/,
    );
    expect(example.output).toMatch(/^two of [A-Z0-9-]+: \d+\.\d\d EUR$/m);
  });
});
