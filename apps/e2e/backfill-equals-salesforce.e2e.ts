import { describe, expect, it } from '@jest/globals';
import { differences } from './checkers/equal.ts';
import { withWorld } from './harness/world.ts';

describe('a backfill makes the shadow equal to Salesforce', () => {
  it('with every record, every field, and the awkward ones parked by reason', () =>
    withWorld(async (world) => {
      const { code, output } = await world.backfill(['--verify']);
      expect({ code, output }).toMatchObject({ code: 0 });
      expect(await differences(world.database, world.org)).toEqual([]);

      const parked = await world.database.rows<{ reason: string; n: number }>(
        'select reason, count(*)::int as n from sf_shadow_aside where alive group by reason order by reason',
      );
      expect(Object.fromEntries(parked.map(({ reason, n }) => [reason, n > 0]))).toEqual({
        price_not_exact: true,
        price_out_of_range: true,
        product_missing: true,
        sku_missing: true,
        sku_taken: true,
      });
      for (const { reason } of parked) expect(output).toContain(reason);
    }));

  it('and again, when it runs a second time over what changed meanwhile', () =>
    withWorld(async (world) => {
      await world.backfill();
      const products = await world.org.truth('Product2');
      const bySku = (sku: string): string =>
        String(products.find((each) => each['StockKeepingUnit'] === sku)?.['Id']);
      const [gold, silver] = [bySku('INT-FTTH-GOLD'), bySku('INT-FTTH-SILVER')];
      await world.org.transact([
        { op: 'update', object: 'Product2', id: gold, fields: { StockKeepingUnit: 'INT-FTTH-SILVER' } },
        { op: 'update', object: 'Product2', id: silver, fields: { StockKeepingUnit: 'INT-FTTH-GOLD' } },
        { op: 'delete', id: bySku('VPN-EU') },
        {
          op: 'create',
          object: 'Product2',
          fields: { Name: 'Brand new', StockKeepingUnit: 'NEW-1', IsActive: true },
        },
      ]);
      expect(await world.backfill()).toMatchObject({ code: 0 });
      expect(await differences(world.database, world.org)).toEqual([]);
      const [swapped] = await world.database.rows('select sku from sf_product_shadow where product_id = $1', [
        gold,
      ]);
      expect(swapped).toEqual({ sku: 'INT-FTTH-SILVER' });
    }));
});
