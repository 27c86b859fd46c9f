import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { eventually } from './harness/eventually.ts';
import { callsOf, orgCounters, queueView, type QueueView } from './harness/queue-view.ts';
import { Reader } from './harness/reader.ts';
import { startRival } from './harness/rival.ts';
import { sharedWorld } from './harness/shared-world.ts';
import type { App } from './harness/world.ts';

const LIMIT = 1_200;
/** Of the rival, per second. Even, so that a forecast can be judged. */
const RATE = 100;
/** Of what is left when only quotes are served any more. */
const LAST_CALLS = 40;
const order = { currency: 'EUR', lines: [{ sku: 'INT-FTTH-GOLD', quantity: 2 }] };

const world = sharedWorld(async (furnished) => {
  expect(await furnished.backfill()).toMatchObject({ code: 0 });
  await furnished.org.knobs({ dailyLimit: LIMIT });
});

interface Seen {
  readonly at: number;
  readonly used: number;
  readonly view: QueueView;
}

/** Asks again and again until told to stop; answers by status. */
function asks(ask: () => Promise<{ readonly status: number }>, everyMs: number) {
  const statuses: { readonly at: number; readonly status: number }[] = [];
  let on = true;
  const done = (async () => {
    while (on) {
      const { status } = await ask();
      statuses.push({ at: performance.now(), status });
      await pause(everyMs);
    }
  })();
  return {
    statuses,
    stop: async (): Promise<void> => {
      on = false;
      await done;
    },
  };
}

describe('a rival that uses up the daily calls of the org', () => {
  it('0 limit errors by us, quotes served from their reserve, the catalogue unaffected, the end foreseen', async () => {
    const { key, org } = world();
    // One that has to ask Salesforce for everything, and one that has the shadow.
    const live = await world().startBff({
      ENABLE_SF_SHADOW_READS: 'false',
      BFF_CLIENT_FRESH_READS_PER_MINUTE: '100000',
    });
    const shadow = await world().startBff();
    const [asker, reader] = [new Reader(live, key), new Reader(shadow, key)];
    const rival = await startRival(org);
    expect((await asker.quote(order)).status).toBe(200);
    await org.control('DELETE', '/counters');

    const quotes = asks(() => asker.quote(order), 100);
    const lists = asks(() => reader.get('/api/catalog/internet/plans'), 100);
    const demands = asks(() => asker.get('/api/catalog/sim/plans', { 'cache-control': 'max-age=0' }), 250);
    const seen = await ramp(live, rival, LIMIT - LAST_CALLS, RATE);
    const scarce = await queueView(live, key);
    const before = quotes.statuses.length;
    await eventually('quotes are still served', 15_000, () => {
      expect(quotes.statuses.length).toBeGreaterThan(before + 3);
      return Promise.resolve();
    });
    await demands.stop();

    expect(scarce.salesforce.byClass['quote']?.admitted).toBe(true);
    expect(scarce.salesforce.byClass['catalogue']?.admitted).toBe(false);
    expect(scarce.reads?.rung).toBe('shadow-only');
    expect(demands.statuses.at(-1)?.status).toBe(503);
    expect(new Set(quotes.statuses.map(({ status }) => status))).toEqual(new Set([200]));

    // The rival goes on until nothing is left; from then on nobody may ask, and nobody does.
    await ramp(live, rival, LIMIT, RATE / 5);
    await quotes.stop();
    await eventually('the end is known', 15_000, async () => {
      const answer = await asker.quote(order);
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      return Promise.resolve();
    });
    const { calls, refused } = callsOf(await orgCounters(org), 'umbra');
    expect(refused).toBe(0);
    for (let turn = 0; turn < 20; turn++) expect((await asker.quote(order)).status).toBe(503);
    expect(callsOf(await orgCounters(org), 'umbra').calls).toBe(calls);
    await lists.stop();
    expect(new Set(lists.statuses.map(({ status }) => status))).toEqual(new Set([200]));
    // Within a tenth, and what nobody can foresee: on a busy machine the rival is late, and then in a hurry. Such a stray
    // counts several times: in the count, in the rate, and in the end that it is compared with.
    expect(errorOfForecast(seen)).toBeLessThanOrEqual(0.1 + 4 * unevenness(seen));
  });

  it('every call we made is in the ledger, by class, and both programs say the same of it', async () => {
    const { database, key, org } = world();
    const { calls } = callsOf(await orgCounters(org), 'umbra');
    const [{ sum } = { sum: 0 }] = await database.rows<{ sum: number }>(
      'SELECT sum(calls)::int AS sum FROM sf_api_budget',
    );
    expect(sum).toBeGreaterThanOrEqual(calls);
    const view = await queueView(await world().startBff(), key);
    expect(view.salesforce.ownDailyCalls).toBeGreaterThanOrEqual(calls);
    expect(view.salesforce.byClass['quote']?.used).toBeGreaterThan(0);
    expect(view.fleet?.routes['query']?.success).toBeGreaterThan(0);
  });

  /** The rival uses calls at an even rate up to `until`. @returns what we saw of it on the way */
  async function ramp(
    app: App,
    rival: Awaited<ReturnType<typeof startRival>>,
    until: number,
    rate: number,
  ): Promise<Seen[]> {
    const { key, org } = world();
    const seen: Seen[] = [];
    const begun = performance.now();
    let spent = 0;
    for (;;) {
      const { dailyUsed } = await orgCounters(org);
      if (dailyUsed >= until) return seen;
      const due = Math.floor(((performance.now() - begun) / 1_000) * rate) - spent;
      const calls = Math.min(due, until - dailyUsed);
      if (calls > 0) await rival.spend(calls);
      spent += Math.max(0, calls);
      seen.push({ at: Date.now(), used: dailyUsed, view: await queueView(app, key) });
      await pause(50);
    }
  }
});

/**
 * How far the forecasts of the middle of the ramp were off, as a part of the time that was left: the median. The true end
 * is the line through what the org itself counted then and at the end.
 */
function errorOfForecast(seen: readonly Seen[]): number {
  const last = seen.at(-1);
  if (last === undefined) return Number.POSITIVE_INFINITY;
  const errors = seen
    .filter(({ used }) => used > LIMIT * 0.5 && used < LIMIT * 0.75)
    .map(({ at, used, view }) => {
      const { exhaustedAt } = view.salesforce;
      if (exhaustedAt === null) return Number.POSITIVE_INFINITY;
      const left = ((LIMIT - used) * (last.at - at)) / (last.used - used);
      return Math.abs(Date.parse(exhaustedAt) - at - left) / left;
    })
    .toSorted((a, b) => a - b);
  return errors[Math.floor(errors.length / 2)] ?? Number.POSITIVE_INFINITY;
}

/** How far the org's own counts strayed from an even rate up to where the forecasts are judged, in the same measure. */
function unevenness(seen: readonly Seen[]): number {
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined) return 0;
  const perMs = (last.used - first.used) / (last.at - first.at);
  const strayed = seen
    .filter(({ used }) => used < LIMIT * 0.75)
    .map(({ at, used }) => Math.abs(used - first.used - perMs * (at - first.at)) / (LIMIT - used));
  return Math.max(...strayed);
}
