import { describe, expect, it } from '@jest/globals';
import { differences } from './checkers/equal.ts';
import { lost, publishedEvents, readHoles, storedFingerprints } from './checkers/no-loss.ts';
import { pressures, startLoad } from './faults/load.ts';
import { eventually } from './harness/eventually.ts';
import type { Edit } from './harness/simulator.ts';
import { withWorld, type World } from './harness/world.ts';

interface Answer<T> {
  readonly status: number;
  readonly body: { data: T; meta: { source: string; asOf: string; stale: boolean } };
}

interface Product {
  readonly name: string;
  readonly description: string | null;
  readonly active: boolean;
  readonly prices: readonly { currency: string; unitPrice: string }[];
}

/** Commit to answer, at the most; the usual time is well under two seconds. */
const SOON_MS = 20_000;

describe('a change in Salesforce reaches the reads', () => {
  it('created, updated, nulled, deleted and undeleted products, prices and accounts, by the stream alone', () =>
    withWorld(async (world) => {
      await world.startWorker();
      // The first full read meets changes, as it will wherever the org is in use.
      const load = await startLoad(world.org, pressures.test, { seconds: 60, seed: 1 });
      expect(await world.backfill()).toMatchObject({ code: 0 });
      expect(await load.end()).toBeGreaterThan(0);
      const bff = await world.startBff();
      const get = async <T>(path: string): Promise<Answer<T>> => {
        const answer = await fetch(`${bff.url}/api${path}`, {
          headers: { authorization: `Bearer ${world.key}` },
        });
        return { status: answer.status, body: (await answer.json()) as Answer<T>['body'] };
      };
      const product = (): Promise<Answer<Product>> => get<Product>('/catalog/products/E2E-1');
      const soon = (what: string, ask: () => Promise<void>): Promise<void> => eventually(what, SOON_MS, ask);

      expect((await product()).status).toBe(404);
      const id = await created(world, {
        op: 'create',
        object: 'Product2',
        fields: {
          Name: 'First',
          StockKeepingUnit: 'E2E-1',
          IsActive: true,
          Item_Class__c: 'SIM Plan',
          Description: 'a\nb',
        },
      });
      await soon('the product is created', async () => {
        expect((await product()).body.data).toMatchObject({
          name: 'First',
          description: 'a\nb',
          prices: [],
        });
      });

      const entry = { Product2Id: id, CurrencyIsoCode: 'EUR', UnitPrice: 9.5, IsActive: true };
      const books = await world.org.truth('Pricebook2');
      const standard = books.find((book) => book['IsStandard'] === true)?.['Id'];
      const price = await created(world, {
        op: 'create',
        object: 'PricebookEntry',
        fields: { ...entry, Pricebook2Id: standard },
      });
      await soon('the price is created', async () => {
        expect((await product()).body.data.prices).toEqual([{ currency: 'EUR', unitPrice: '9.50' }]);
      });

      await world.org.transact([
        { op: 'update', object: 'PricebookEntry', id: price, fields: { UnitPrice: 11.25 } },
        { op: 'update', object: 'Product2', id, fields: { Name: 'Second', Description: null } },
      ]);
      await soon('price and name are changed, the description is nulled', async () => {
        expect((await product()).body.data).toMatchObject({
          name: 'Second',
          description: null,
          prices: [{ currency: 'EUR', unitPrice: '11.25' }],
        });
      });

      await world.org.transact([{ op: 'delete', id }]);
      await soon('the product is deleted', async () => expect((await product()).status).toBe(404));
      await world.org.transact([{ op: 'undelete', id }]);
      await soon('the product is back, with its price', async () => {
        expect((await product()).body.data).toMatchObject({
          name: 'Second',
          prices: [{ currency: 'EUR', unitPrice: '11.25' }],
        });
      });

      // Salesforce brings a price back with its product, and never alone.
      await world.org.transact([{ op: 'delete', id: price }]);
      await soon('the price is deleted', async () => {
        expect((await product()).body.data.prices).toEqual([]);
      });
      const account = await created(world, {
        op: 'create',
        object: 'Account',
        fields: { Name: 'Ada Lovelace', Internet_Eligibility__c: 'FTTH' },
      });
      const eligible = (what: string, offeringTypes: readonly string[]): Promise<void> =>
        soon(what, async () => {
          const { body } = await get<{ offeringTypes: string[] }>(`/eligibility/${account}`);
          expect(body).toMatchObject({ data: { offeringTypes }, meta: { source: 'shadow', stale: false } });
        });
      const change = (Internet_Eligibility__c: string | null): Promise<unknown> =>
        world.org.transact([
          { op: 'update', object: 'Account', id: account, fields: { Internet_Eligibility__c } },
        ]);
      await eligible('the account is created', ['FTTH']);
      await change('Cable');
      await eligible('the eligibility is changed', ['Cable']);
      await change(null);
      await eligible('the eligibility is nulled', []);
      await world.org.transact([{ op: 'delete', id: account }]);
      await soon('the account is deleted', async () =>
        expect((await get(`/eligibility/${account}`)).status).toBe(404),
      );
      await world.org.transact([{ op: 'undelete', id: account }]);
      await eligible('the account is back', []);

      await eventually('the shadow equals Salesforce', SOON_MS, async () => {
        expect(await differences(world.database, world.org, false)).toEqual([]);
      });
      const { rows } = world.database;
      const published = await publishedEvents(world.org, 1);
      expect(published.length).toBeGreaterThan(12);
      expect(lost(published, await storedFingerprints(rows), await readHoles(rows))).toEqual([]);
    }));
});

async function created(world: World, edit: Edit): Promise<string> {
  const { results } = await world.org.transact([edit]);
  expect(results[0]).toMatchObject({ success: true });
  return String(results[0]?.id);
}
