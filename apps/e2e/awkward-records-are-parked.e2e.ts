import { beforeAll, describe, expect, it } from '@jest/globals';
import { differences } from './checkers/equal.ts';
import { createProduct, recordWith, type Offer } from './harness/catalogue.ts';
import { eventually } from './harness/eventually.ts';
import { Reader } from './harness/reader.ts';
import { sharedWorld } from './harness/shared-world.ts';
import type { Finished } from './harness/world.ts';

/** The records of the demo org that no shadow table can hold, by their ids. */
interface Awkward {
  readonly withoutSku: string;
  readonly secondClaimant: string;
  readonly inexactPrices: readonly string[];
  readonly hugePrice: string;
  readonly pricesWithoutProduct: readonly string[];
}

interface Parked {
  readonly object: string;
  readonly recordId: string;
  readonly reason: string;
  readonly sku: string | null;
}

let first: Finished;
let awkward: Awkward;
const world = sharedWorld(async (created) => {
  const { org } = created;
  const [inexact, huge, pilot, twin] = await Promise.all([
    recordWith(org, 'Product2', 'StockKeepingUnit', 'SIM-IOT'),
    recordWith(org, 'Product2', 'StockKeepingUnit', 'VPN-SOVEREIGN'),
    recordWith(org, 'Product2', 'Name', 'Fibre 10G pilot'),
    recordWith(org, 'Product2', 'Name', 'Mobile Promo autumn'),
  ]);
  const prices = (await org.truth('PricebookEntry')).filter((price) => price['IsDeleted'] === false);
  const of = (product: { readonly Id: string }): string[] =>
    prices.filter((price) => price['Product2Id'] === product.Id).map((price) => String(price['Id']));
  awkward = {
    withoutSku: pilot.Id,
    secondClaimant: twin.Id,
    inexactPrices: of(inexact),
    hugePrice: of(huge)[0] ?? '',
    pricesWithoutProduct: [...of(pilot), ...of(twin)],
  };
  first = await created.backfill(['--json']);
});

async function parked(): Promise<Map<string, string>> {
  const { code, output } = await world().ops(['parked', '--json', '--limit', '1000']);
  expect(code).toBe(0);
  const { parked: list } = JSON.parse(output) as { parked: Parked[] };
  return new Map(list.map(({ recordId, reason }) => [recordId, reason]));
}

function expected(): Map<string, string> {
  const { withoutSku, secondClaimant, inexactPrices, hugePrice, pricesWithoutProduct } = awkward;
  return new Map([
    [withoutSku, 'sku_missing'],
    [secondClaimant, 'sku_taken'],
    ...inexactPrices.map((id) => [id, 'price_not_exact'] as const),
    [hugePrice, 'price_out_of_range'],
    ...pricesWithoutProduct.map((id) => [id, 'product_missing'] as const),
  ]);
}

const sorted = (map: Map<string, string>): string[] => [...map].map(([id, why]) => `${id} ${why}`).sort();

describe('records that do not fit', () => {
  it('do not stop the backfill, which names each with its reason', () => {
    expect(first.code).toBe(0);
    const report = JSON.parse(first.output.slice(first.output.indexOf('{'))) as { parkedRows: Parked[] };
    for (const [id, reason] of expected())
      expect(report.parkedRows).toContainEqual(expect.objectContaining({ recordId: id, reason }));
  });

  it('are parked whole, and they are all that is parked', async () => {
    expect(awkward.inexactPrices.length).toBeGreaterThan(0);
    expect(awkward.pricesWithoutProduct.length).toBeGreaterThan(1);
    expect(sorted(await parked())).toEqual(sorted(expected()));
    expect(await differences(world().database, world().org)).toEqual([]);
  });
});

describe('once their cause is edited away they return by themselves', () => {
  let reader: Reader;
  beforeAll(async () => {
    // Without the stream: here refreshes and backfills are what brings the edits.
    await world().startWorker({ ENABLE_SF_EVENT_CONSUMER: 'false' });
    reader = new Reader(await world().startBff({ ENABLE_SF_SHADOW_READS: 'false' }), world().key);
  });

  const gone = (what: string, ids: readonly string[]): Promise<void> =>
    eventually(what, 30_000, async () => {
      const waiting = await world().database.rows<{ record_id: string; reason: string }>(
        'select record_id, reason from sf_shadow_aside where record_id = any($1)',
        [ids],
      );
      expect(waiting).toEqual([]);
    });

  it('a product that gets a SKU, by a refresh, and with it the prices that waited for it', async () => {
    const fields = { StockKeepingUnit: 'INT-FTTH-PILOT' };
    await world().org.transact([{ op: 'update', object: 'Product2', id: awkward.withoutSku, fields }]);
    // A live answer asks the worker to read what it has shown.
    const live = await reader.get<Offer>('/api/catalog/products/INT-FTTH-PILOT');
    expect([live.status, live.meta.source]).toEqual([200, 'salesforce']);
    const prices = awkward.pricesWithoutProduct;
    await eventually('the product and its prices return', 30_000, async () => {
      const rows = await world().database.rows<{ n: number }>(
        'select count(*)::int as n from sf_product_shadow join sf_pricebook_shadow using (product_id) where sku = $1',
        ['INT-FTTH-PILOT'],
      );
      expect(rows).toEqual([{ n: live.data.prices.length }]);
    });
    expect(prices.length).toBeGreaterThan(live.data.prices.length);
  });

  it('a product whose SKU becomes free, without being read itself', async () => {
    const spring = await recordWith(world().org, 'Product2', 'Name', 'Mobile Promo spring');
    const fields = { StockKeepingUnit: 'SIM-PROMO-SPRING' };
    await world().org.transact([{ op: 'update', object: 'Product2', id: spring.Id, fields }]);
    // Only the product that leaves the SKU is read; the one that waited for it is not.
    await reader.get('/api/catalog/products/SIM-PROMO-SPRING');
    await gone('the second claimant and its prices return', [
      awkward.secondClaimant,
      ...awkward.pricesWithoutProduct,
    ]);
    const [row] = await world().database.rows(
      "select product_id from sf_product_shadow where sku = 'SIM-PROMO'",
    );
    expect(row).toEqual({ product_id: awkward.secondClaimant });
  });

  it('prices that come to fit, by the next backfill, while the worker runs', async () => {
    const { inexactPrices, hugePrice } = awkward;
    const since = new Date().toISOString();
    await world().org.transact([
      ...inexactPrices.map(
        (id) => ({ op: 'update', object: 'PricebookEntry', id, fields: { UnitPrice: 0.13 } }) as const,
      ),
      { op: 'update', object: 'PricebookEntry', id: hugePrice, fields: { UnitPrice: 9_999_999_999.99 } },
    ]);
    expect(await world().backfill(['--since', since.replace(/\.\d+Z/, 'Z')])).toMatchObject({ code: 0 });
    await gone('the prices return', [...inexactPrices, hugePrice]);
    const [row] = await world().database.rows(
      'select unit_price::text as price from sf_pricebook_shadow where pricebook_entry_id = $1',
      [hugePrice],
    );
    expect(row).toEqual({ price: '9999999999.99' });
  });

  it('and one that loses its SKU again is parked, with its prices, in one step', async () => {
    const id = await createProduct(
      world().org,
      { Name: 'Here and gone', StockKeepingUnit: 'GONE-1' },
      { EUR: 5 },
    );
    expect(await world().backfill()).toMatchObject({ code: 0 });
    const fields = { StockKeepingUnit: null };
    await world().org.transact([{ op: 'update', object: 'Product2', id, fields }]);
    expect(await world().backfill()).toMatchObject({ code: 0 });
    const waiting = await parked();
    expect(waiting.get(id)).toBe('sku_missing');
    expect([...waiting.values()].sort()).toEqual(['product_missing', 'sku_missing']);
    expect(await differences(world().database, world().org)).toEqual([]);
  });
});
