import { describe, expect, it } from '@jest/globals';
import { laneOf, type Leaves, type MirroredObjectName } from '@umbra/domain';
import { drainLane, LanePump, releaseWaiting } from '@umbra/sync';
import { buildPricebookEntry, buildProduct2, recordId } from '@umbra/testing';
import { LaneWorld, type Told } from './lane-world.ts';
import { shadowOf, withMirror, type MirrorUnderTest } from './with-mirror.ts';

const product = (n: number): string => recordId('01t', n);
const price = (n: number): string => recordId('01u', n);

const told = (object: MirroredObjectName, type: string, id: string, leaves: Leaves): Told => ({
  object,
  type,
  id,
  leaves,
});
const created = (n: number, leaves: Leaves = {}): Told =>
  told(
    'Product2',
    'CREATE',
    product(n),
    buildProduct2({ Id: product(n), StockKeepingUnit: `S-${n}`, ...leaves }),
  );
const updated = (n: number, leaves: Leaves): Told => told('Product2', 'UPDATE', product(n), leaves);
const priced = (n: number, of: number): Told =>
  told('PricebookEntry', 'CREATE', price(n), buildPricebookEntry({ Id: price(n), Product2Id: product(of) }));
const repriced = (n: number, UnitPrice: string): Told =>
  told('PricebookEntry', 'UPDATE', price(n), { UnitPrice });

/**
 * The workers of the fleet, each at every lane that lags; then the sweep's look for prices and products whose
 * transactions did not see each other.
 */
async function together(world: LaneWorld): Promise<void> {
  await Promise.all([world.drain(), world.drain(), world.drainTogether()]);
  while ((await releaseWaiting(world.apply.mirror)) > 0);
}

async function homes({ db }: MirrorUnderTest): Promise<Record<string, string>> {
  return Object.fromEntries([...(await shadowOf(db))].map(([id, { home }]) => [id, home]));
}

/** Fails one statement in twenty that writes to these tables, as the server does when transactions meet. */
async function disturb({ db }: MirrorUnderTest, code: string, tables: readonly string[]): Promise<void> {
  await db.rows('CREATE SEQUENCE disturbance');
  await db.rows(`CREATE FUNCTION disturb() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF nextval('disturbance') % 20 = 0 THEN RAISE EXCEPTION 'disturbed' USING ERRCODE = '${code}'; END IF;
      RETURN NULL;
    END $$`);
  for (const table of tables)
    await db.rows(`CREATE TRIGGER disturb AFTER INSERT OR UPDATE ON ${table}
                   FOR EACH STATEMENT EXECUTE FUNCTION disturb()`);
}

describe('lanes that meet', () => {
  it('hand a SKU over in one transaction: it never vanishes, and nobody deadlocks', () =>
    withMirror(async (under) => {
      const world = new LaneWorld(under);
      await world.tell(...[1, 2, 3, 4].map((n) => created(n, { StockKeepingUnit: 'ONE' })));
      await world.drain();
      const toggles = Array.from({ length: 30 }, (_, at) =>
        updated(1 + (at % 3), { IsActive: at % 7 < 3, Description: `d${at}` }),
      );
      // Some claimant is active at every moment.
      await world.tell(...toggles, ...[1, 2, 3].map((n) => updated(n, { IsActive: false })));
      let over = false;
      const draining = together(world).finally(() => (over = true));
      while (!over)
        expect(await under.db.rows(`SELECT 1 FROM sf_product_shadow WHERE sku = 'ONE'`)).toHaveLength(1);
      await draining;
      expect(await homes(under)).toEqual({
        [product(1)]: 'sku_taken',
        [product(2)]: 'sku_taken',
        [product(3)]: 'sku_taken',
        [product(4)]: 'main',
      });
      expect(await world.deadlocks()).toBe(0);
    }));

  it('move prices with their products while prices change', () =>
    withMirror(async (under) => {
      const world = new LaneWorld(under);
      const products = Array.from({ length: 12 }, (_, at) => at + 1);
      const prices = Array.from({ length: 60 }, (_, at) => at + 1);
      await world.tell(...products.map((n) => created(n)), ...prices.map((n) => priced(n, 1 + (n % 12))));
      await together(world);
      expect(new Set(Object.values(await homes(under)))).toEqual(new Set(['main']));
      for (let round = 1; round <= 2; round++) {
        await world.tell(
          ...products.flatMap((n) => [
            updated(n, { Description: `round ${round}` }),
            told(
              'Product2',
              round % 2 === 1 ? 'DELETE' : 'UNDELETE',
              product(n),
              round % 2 === 1 ? {} : created(n).leaves,
            ),
          ]),
          ...prices.map((n) => repriced(n, String(round))),
        );
        await together(world);
      }
      const found = await shadowOf(under.db);
      expect(new Set([...found.values()].map(({ home }) => home))).toEqual(new Set(['main']));
      for (const n of prices) expect(found.get(price(n))?.payload['UnitPrice']).toBe('2');
      expect(await world.deadlocks()).toBe(0);
    }));

  it('bring back prices that came before their products with their own next batch', () =>
    withMirror(async (under) => {
      const world = new LaneWorld(under);
      const products = Array.from({ length: 200 }, (_, at) => at + 1);
      await world.tell(...products.map((n) => priced(n, n)));
      await world.drainTogether();
      expect(new Set(Object.values(await homes(under)))).toEqual(new Set(['product_missing']));
      await world.tell(...products.map((n) => created(n)));
      world.reports.length = 0;
      await world.drainTogether();
      expect(new Set(Object.values(await homes(under)))).toEqual(new Set(['main']));
      expect(world.apply.returning.lanes).toEqual([]);
      // Each product alone, with the lane of its price, would be two hundred.
      expect(world.reports.length).toBeLessThan(12);
    }));

  it('let a change that moves records elsewhere have its turn, however much waits in other streams of its lane', () =>
    withMirror(async (under) => {
      const world = new LaneWorld(under);
      const [lane, other] = [laneOf('Product2', product(2)), laneOf('Product2', product(1))];
      expect(lane).not.toBe(other);
      const beside = Array.from({ length: 600 }, (_, n) => n + 1).filter(
        (n) => laneOf('PricebookEntry', price(n)) === lane,
      );
      const priceable = beside.map((n) => priced(n, 1));
      await world.tellByObject(...priceable, created(1, { StockKeepingUnit: 'ONE' }));
      await world.tellByObject(created(2, { StockKeepingUnit: 'ONE' }));
      await world.drain();
      const repricings = Array.from({ length: 600 }, (_, at) =>
        repriced(beside[at % beside.length] ?? 0, '5'),
      );
      await world.tellByObject(
        ...repricings,
        ...['a', 'b'].map((Description) => updated(2, { Description })),
      );
      world.reports.length = 0;
      await drainLane(world.apply, lane);
      const found = (await shadowOf(under.db)).get(product(2));
      expect([found?.home, found?.payload['Description']]).toEqual(['sku_taken', 'b']);
      // One change to a transaction, until the prices ran dry, would be six hundred.
      expect(world.reports.length).toBeLessThan(12);
    }));

  it('get on with a change at fault and one that moves records elsewhere in the same lane', () =>
    withMirror(async (under) => {
      const world = new LaneWorld(under);
      const lane = laneOf('Product2', product(2));
      const beside = Array.from({ length: 600 }, (_, n) => n + 1).filter(
        (n) => laneOf('Product2', product(n)) === lane && n > 2,
      );
      const [faulty = 0, first = 0] = beside;
      const claimants = [1, 2].map((n) => created(n, { StockKeepingUnit: 'ONE' }));
      const [of = 0] = Array.from({ length: 600 }, (_, n) => n + 1).filter(
        (n) => laneOf('PricebookEntry', price(n)) === lane,
      );
      await world.tellByObject(...claimants, created(first), created(faulty), priced(of, 1));
      await world.drain();
      await under.db.rows(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.raw_payload ->> 'Description' = 'refused' THEN RAISE EXCEPTION 'no' USING ERRCODE = '22000'; END IF;
          RETURN NEW;
        END $$`);
      await under.db.rows(`CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON sf_product_shadow
                           FOR EACH ROW EXECUTE FUNCTION refuse()`);
      await world.tellByObject(
        updated(faulty, { Description: 'refused' }),
        updated(first, { Description: 'a' }),
        updated(2, { Description: 'b' }),
        updated(first, { Description: 'c' }),
        ...Array.from({ length: 40 }, (_, at) => repriced(of, String(at))),
      );
      world.reports.length = 0;
      await drainLane(world.apply, lane);
      expect(world.reports.flatMap(({ poisoned }) => poisoned.map(({ recordId: id }) => id))).toEqual([
        product(faulty),
      ]);
      const found = await shadowOf(under.db);
      expect(found.get(product(2))?.payload['Description']).toBe('b');
      expect(found.get(product(first))?.payload['Description']).toBe('c');
    }));

  it('leave a product that has gone again without the prices that were to come back', () =>
    withMirror(async (under) => {
      const world = new LaneWorld(under);
      const foreign = Array.from({ length: 200 }, (_, at) => at + 1).find(
        (n) => laneOf('PricebookEntry', price(n)) !== laneOf('Product2', product(1)),
      );
      const lane = laneOf('Product2', product(1));
      await world.tell(priced(foreign ?? 0, 1));
      await world.drain();
      await world.tell(created(1));
      await drainLane(world.apply, lane);
      expect(world.apply.returning.lanes).toHaveLength(1);
      await world.tell(told('Product2', 'DELETE', product(1), {}));
      await drainLane(world.apply, lane);
      await world.drain();
      expect((await homes(under))[price(foreign ?? 0)]).toBe('product_missing');
    }));

  it.each(['40P01', '40001'])('get by when one statement in twenty fails with %s', (code) =>
    withMirror(async (under) => {
      const world = new LaneWorld(under);
      const products = Array.from({ length: 40 }, (_, at) => at + 1);
      await world.tell(...products.map((n) => created(n)), ...products.map((n) => priced(n, n)));
      await disturb(under, code, [
        'sf_product_shadow',
        'sf_pricebook_shadow',
        'sf_lane_applied',
        'sf_shadow_aside',
      ]);
      await together(world);
      await world.tell(...products.map((n) => updated(n, { Description: 'after' })));
      await together(world);
      const found = await shadowOf(under.db);
      expect([...found.values()].every(({ home }) => home === 'main')).toBe(true);
      for (const n of products) expect(found.get(product(n))?.payload['Description']).toBe('after');
      expect(await under.store.ledger.openHoles()).toEqual([]);
    }),
  );
});

describe('a lane', () => {
  it('writes a hot record once a batch, and lets the others pass', () =>
    withMirror(async (under) => {
      const world = new LaneWorld(under);
      const cold = Array.from({ length: 30 }, (_, at) => at + 2);
      await world.tell(created(1), ...cold.map((n) => created(n)));
      const changes = Array.from({ length: 1_500 }, (_, at) =>
        updated(at % 10 < 3 ? 1 : 2 + (at % 30), { Description: `d${at}` }),
      );
      await world.tell(...changes);
      const hot = laneOf('Product2', product(1));
      // Whoever is busy with the hot record does not keep the other lanes from being done.
      await under.store.changeLog.withLanes([hot], async () => {
        for (const { lane } of await under.store.changeLog.laggingLanes())
          if (lane !== hot) await drainLane(world.apply, lane);
        expect((await under.store.changeLog.laggingLanes()).map(({ lane }) => lane)).toEqual([hot]);
      });
      world.reports.length = 0;
      await world.drain();
      const written = world.reports.reduce((sum, report) => sum + report.written, 0);
      expect(world.reports.reduce((sum, { changes: own }) => sum + own.length, 0)).toBeGreaterThanOrEqual(
        451,
      );
      expect(written).toBeLessThan(20);
      expect((await shadowOf(under.db)).get(product(1))?.payload['Description']).toBe('d1492');
    }));

  it('makes a change that nobody understands poison, alone, and repairs its record by a read above it', () =>
    withMirror(async (under) => {
      const world = new LaneWorld(under);
      await world.tell(created(1), created(2), told('Product2', 'TRANSMUTE', product(1), {}));
      await world.tell(updated(1, { Description: 'later' }), updated(2, { Description: 'later' }));
      await world.drain();
      const [poisoned] = world.reports.flatMap((report) => report.poisoned);
      expect(poisoned).toMatchObject({ recordId: product(1), changeType: 'TRANSMUTE' });
      const known = await under.store.shadow.peek('Product2', [product(1), product(2)]);
      const state = (n: number) => known.get(product(n))?.state;
      expect(state(1)).toMatchObject({ leaves: { Description: 'later' }, gapSince: poisoned?.committedAt });
      expect(state(2)).toMatchObject({ leaves: { Description: 'later' }, gapSince: null });
    }));

  it('is drained by one worker at a time, and by the other when the first is gone', () =>
    withMirror(async (under) => {
      const world = new LaneWorld(under);
      await world.tell(
        created(1),
        ...Array.from({ length: 900 }, (_, at) => updated(1, { Description: `d${at}` })),
      );
      const lane = laneOf('Product2', product(1));
      const [one, two] = await Promise.all([drainLane(world.apply, lane), drainLane(world.apply, lane)]);
      expect(one.applied + two.applied + (await world.drain())).toBe(901);
      expect(await under.store.changeLog.withLanes([lane], () => drainLane(world.apply, lane))).toEqual({
        applied: 0,
        taken: true,
        more: false,
      });
      expect((await shadowOf(under.db)).get(product(1))?.payload['Description']).toBe('d899');
    }));

  it('that somebody else held when it was woken is come back to', () =>
    withMirror(async (under) => {
      const world = new LaneWorld(under);
      const { changeLog } = under.store;
      const lagging = async (): Promise<number[]> => (await changeLog.laggingLanes()).map(({ lane }) => lane);
      await world.tell(...Array.from({ length: 300 }, (_, n) => created(n + 1)));
      const lane = laneOf('Product2', product(1));
      const pump = new LanePump(world.apply, world.apply.mirror.log);
      await changeLog.withLanes([lane], async () => {
        pump.wake(await lagging());
        while ((await lagging()).length > 1);
        // It is woken no more: this is behind what its holder has seen.
      });
      await pump.idle();
      expect(await lagging()).toEqual([]);
      await pump.close();
      expect((await shadowOf(under.db)).size).toBe(300);
    }));
});
