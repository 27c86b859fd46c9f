import { describe, expect, it } from '@jest/globals';
import { mirroredObjectNames } from '@umbra/domain';
import { withSimulatedTime, type SimulatedTime } from './simulated-time.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/**
 * The long form (`--globals '{"umbraPropertyDepth":100}'`, some ten minutes): a whole day, outages of every length up to a
 * hundred hours, five hundred gaps, overflows and unreadable events. It prints what each cost.
 */
const isLong = Number((globalThis as { umbraPropertyDepth?: number }).umbraPropertyDepth ?? 1) > 1;

function figure(text: string): void {
  if (isLong) process.stdout.write(`${text}\n`);
}

/** A worker that streams, and a shadow in which everything is proven. */
async function mirrored(world: SimulatedTime): Promise<void> {
  await world.start();
  await world.pass(MINUTE);
  await world.backfill();
  await world.until('everything is proven', () => world.settled());
  await world.calls();
}

function sumOf(calls: ReadonlyMap<string, number>): number {
  return [...calls.values()].reduce((sum, one) => sum + one, 0);
}

let drawn = 0;

/** Changes of all three objects, a creation and a deletion. */
async function edit({ db, org }: SimulatedTime): Promise<void> {
  drawn++;
  const pick = async (table: string, id: string, count: number): Promise<string[]> =>
    (
      await db.rows<{ id: string }>(
        `SELECT ${id} AS id FROM ${table} ORDER BY md5(${id} || $1) LIMIT ${String(count)}`,
        [String(drawn)],
      )
    ).map((row) => row.id);
  const [account, gone] = await pick('sf_account_eligibility_shadow', 'account_id', 2);
  const [product] = await pick('sf_product_shadow', 'product_id', 1);
  const [price] = await pick('sf_pricebook_shadow', 'pricebook_entry_id', 1);
  const value = `v${String(drawn)}`;
  const edits = [
    { op: 'update', object: 'Account', id: account, fields: { Site: value } },
    { op: 'update', object: 'Product2', id: product, fields: { Description: value } },
    { op: 'update', object: 'PricebookEntry', id: price, fields: { UnitPrice: drawn } },
    { op: 'create', object: 'Account', fields: { Name: value } },
    { op: 'delete', id: gone },
  ];
  // One by one: what Salesforce refuses does not keep the others from happening.
  for (const one of edits) await org.control('POST', '/transactions', { edits: [one] });
}

async function holesOf({ db }: SimulatedTime): Promise<number> {
  const [row] = await db.rows<{ n: number }>('SELECT count(*)::int AS n FROM sf_hole');
  return row?.n ?? -1;
}

/** Nothing is open, and every record and every field that events carry equals Salesforce; others wait for a read. */
async function expectWhole(world: SimulatedTime): Promise<void> {
  await world.until('nothing is open', () => world.settled());
  expect(await world.org.differences(world.store, 'event leaves')).toEqual([]);
}

describe('an idle org', () => {
  it(
    'costs less than a call per object and hour, and is proven fresh all the time',
    () =>
      withSimulatedTime(async (world) => {
        await mirrored(world);
        const hours = isLong ? 24 : 1;
        let oldest = 0;
        for (let minute = 0; minute < hours * 60; minute++) {
          if (minute === 16 * 60) await world.night();
          await world.pass(MINUTE);
          for (const object of mirroredObjectNames) oldest = Math.max(oldest, await world.age(object));
        }
        const routes = await world.calls();
        const calls = sumOf(routes);
        const perObject = calls / mirroredObjectNames.length / hours;
        figure(
          `idle: ${String(calls)} calls in ${String(hours)} h, ${perObject.toFixed(2)} per object and hour`,
        );
        figure(`idle: by route ${JSON.stringify(Object.fromEntries(routes))}`);
        figure(`idle: proven age at most ${(oldest / 1000).toFixed(0)} s`);
        expect(perObject).toBeLessThan(1);
        expect(oldest).toBeLessThan(3 * MINUTE);
      }),
    900_000,
  );
});

describe('outages', () => {
  it(
    'of five minutes to a hundred hours leave no hole and lose nothing',
    () =>
      withSimulatedTime(async (world) => {
        await mirrored(world);
        const count = isLong ? 24 : 2;
        for (let n = 0; n < count; n++) {
          const length = 5 * MINUTE * 1_200 ** (n / (count - 1));
          const before = await holesOf(world);
          await world.stop();
          for (let part = 0; part < 4; part++) {
            await edit(world);
            await world.skip(length / 4);
          }
          for (const object of mirroredObjectNames)
            expect(await world.age(object)).toBeGreaterThanOrEqual(length);
          await world.start();
          await edit(world);
          await expectWhole(world);
          const [holes, calls] = [(await holesOf(world)) - before, sumOf(await world.calls())];
          figure(`outage of ${(length / HOUR).toFixed(2)} h: ${String(holes)} holes, ${String(calls)} calls`);
        }
      }),
    900_000,
  );
});

const troubles = ['gap', 'overflow', 'undecodable'] as const;
type Trouble = (typeof troubles)[number];

/** Changes that the bus does not tell as they are. */
async function trouble(world: SimulatedTime, kind: Trouble): Promise<void> {
  const knobs = (change: object) => world.org.control('PATCH', '/pubsub/knobs', change);
  switch (kind) {
    case 'gap':
      await knobs({ gapEvents: 1 });
      await edit(world);
      await knobs({ gapEvents: 0 });
      return;
    case 'overflow':
      await knobs({ dropEvents: 1 });
      await edit(world);
      await knobs({ dropEvents: 0 });
      // Events of all three are missing, so the bus gives up on each.
      for (const object of mirroredObjectNames)
        await world.org.control('POST', '/pubsub/unspecific', { object, kind });
      return;
    case 'undecodable':
      await knobs({ corruptNext: 1 });
      await edit(world);
  }
}

describe('gaps, overflows and events that nobody can read', () => {
  it(
    'leave no hole and lose nothing',
    () =>
      withSimulatedTime(async (world) => {
        await mirrored(world);
        const [rounds, each] = isLong ? [7, 24] : [1, 1];
        const spent = new Map<Trouble, number>();
        for (let round = 0; round < rounds; round++) {
          for (const kind of troubles) {
            for (let n = 0; n < each; n++) {
              await trouble(world, kind);
              await world.pass((drawn % 2) * MINUTE);
            }
            await expectWhole(world);
            spent.set(kind, (spent.get(kind) ?? 0) + sumOf(await world.calls()));
          }
        }
        const times = rounds * each;
        for (const [kind, calls] of spent)
          figure(`${kind}: ${String(times)} times, ${(calls / times).toFixed(1)} calls each`);
      }),
    1_800_000,
  );
});
