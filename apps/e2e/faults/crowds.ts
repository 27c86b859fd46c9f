import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../harness/eventually.ts';
import { Reader } from '../harness/reader.ts';
import type { App, World } from '../harness/world.ts';
import type { FaultCase } from './fault-case.ts';
import { keepReading } from './reading.ts';

const plans = '/api/catalog/internet/plans';
const sku = 'SIM-M';
const often = { BFF_CLIENT_REQUESTS_PER_SECOND: '100000' };

async function metrics(bff: App, { key }: Pick<World, 'key'>): Promise<string> {
  const answer = await fetch(`${bff.url}/metrics`, { headers: { authorization: `Bearer ${key}` } });
  return answer.text();
}

/** How often this process has asked shadow or Salesforce for lists and products. */
async function loads(bff: App, world: Pick<World, 'key'>): Promise<number> {
  const lines = (await metrics(bff, world)).matchAll(/^bff_loads_total\{[^}]*area="catalog"[^}]*\} (\d+)/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}

/**
 * Part of the answers that the process gave within half a second of their request. The readers share the machine and
 * measure their own delay as well.
 */
async function answeredInTime(bff: App, world: Pick<World, 'key'>): Promise<number> {
  const text = await metrics(bff, world);
  const within = (bound: string): number =>
    Number(
      new RegExp(
        `^bff_answer_seconds_bucket\\{le="${bound}"[^}]*outcome="answered"[^}]*\\} (\\d+)`,
        'm',
      ).exec(text)?.[1],
    );
  return within('0.5') / within('\\+Inf');
}

/** Rows 52 to 54: many readers at once, readers of what has just changed, and more readers than can be answered. */
export const crowds: readonly FaultCase[] = [
  {
    row: 52,
    title: 'a crowd at the moment when everything cached is gone and the database is slow',
    tier: 'test',
    seeds: 3,
    alone: true,
    async drive({ arena, figure, pressure }) {
      const readers = pressure.name === 'test' ? 100 : 1_000;
      const size = pressure.name === 'test' ? 2 : 3;
      const fleet = await Promise.all(
        Array.from({ length: size }, () => arena.startBff({ ...arena.through(['postgres']), ...often })),
      );
      const counted = (): Promise<number[]> => Promise.all(fleet.map((bff) => loads(bff, arena)));
      for (const bff of fleet) await new Reader(bff, arena.key).get(plans);
      arena.proxies.postgres.set({ kind: 'latency', ms: 100 });
      const before = await counted();
      const flushed = await arena.ops(['cache', 'clear', '--json']);
      assert.equal(flushed.code, 0, flushed.output);
      const crowd = fleet.map((bff) =>
        keepReading(bff, arena.key, { readers: readers / 2, path: () => plans }),
      );
      await pause(1_500);
      await Promise.all(crowd.map((each) => each.end()));
      const after = await counted();
      const each = after.map((count, at) => count - (before[at] ?? 0));
      for (const { readings } of crowd) assert.deepEqual([...readings.statuses.keys()], [200]);
      assert(Math.max(...each) <= 1, `loads per process: ${each.join()}`);
      // A machine that is busy with other tests may take Redis for away, and then each loads by itself.
      if (pressure.name !== 'test')
        assert(each.reduce((sum, one) => sum + one, 0) <= 2, `loads of the fleet: ${each.join()}`);
      figure(
        'loads',
        each.reduce((sum, one) => sum + one, 0),
      );
      figure('read p99', Math.max(...crowd.map(({ readings }) => readings.percentile(0.99))), 'ms');
      await Promise.all(fleet.map(({ child }) => child.end()));
    },
  },
  {
    row: 53,
    title: 'what has changed is seen, also when a slow reader had the old row in hand',
    tier: 'test',
    seeds: 1,
    async drive({ arena, chance, figure, pressure }) {
      const rounds = pressure.name === 'test' ? 2 : 12;
      const slow = { ...arena.through(['postgres']), ...often };
      const fleet = await Promise.all([arena.startBff(slow), arena.startBff(often)]);
      const readers = fleet.map((bff) => new Reader(bff, arena.key));
      const [row] = await arena.database.rows<{ product_id: string }>(
        'select product_id from sf_product_shadow where sku = $1',
        [sku],
      );
      const id = row?.product_id ?? '';
      let slowest = 0;
      for (let round = 1; round <= rounds; round++) {
        arena.proxies.postgres.set({ kind: 'latency', ms: chance.between(10, 200) });
        const name = `Seen ${round}`;
        const crowd = fleet.map((bff) =>
          keepReading(bff, arena.key, { readers: 4, path: () => `/api/catalog/products/${sku}` }),
        );
        await arena.org.transact([{ op: 'update', object: 'Product2', id, fields: { Name: name } }]);
        await eventually('the shadow has it', 30_000, async () => {
          const [now] = await arena.database.rows<{ name: string }>(
            'select name from sf_product_shadow where product_id = $1',
            [id],
          );
          assert.equal(now?.name, name);
        });
        const from = performance.now();
        for (const reader of readers) {
          await eventually('every reader has it', 5_000, async () => {
            const { data } = await reader.get<{ name: string }>(`/api/catalog/products/${sku}`);
            assert.equal(data.name, name);
          });
        }
        slowest = Math.max(slowest, performance.now() - from);
        await Promise.all(crowd.map((each) => each.end()));
        // A fill that was on its way must not bring the old name back.
        for (const reader of readers) {
          const { data, meta } = await reader.get<{ name: string }>(`/api/catalog/products/${sku}`);
          assert.equal(data.name, name, `${meta.source}, as of ${meta.asOf}`);
        }
      }
      figure('shadow to reader, at most', slowest, 'ms');
      await Promise.all(fleet.map(({ child }) => child.end()));
    },
  },
  {
    row: 54,
    title: 'ten times more readers than can be answered',
    tier: 'torture',
    seeds: 1,
    alone: true,
    async drive({ arena, figure, load, pressure }) {
      const bff = await arena.startBff(often);
      const running = await load(60);
      // Half of the numbers are nobody's account: an answer that no process holds.
      const account = (n: number): string =>
        `/api/eligibility/0015g0000000${String((n % 400) + 1).padStart(3, '0')}AAA`;
      const alone = keepReading(bff, arena.key, { readers: 16, path: account });
      await pause(5_000);
      await alone.end();
      const crowd = keepReading(bff, arena.key, { readers: 2_500, path: account });
      await pause(pressure.name === 'nightly' ? 60_000 : 15_000);
      await crowd.end();
      const { readings } = crowd;
      for (const status of readings.statuses.keys())
        assert([200, 404, 429, 503].includes(status), `status ${status}`);
      assert.equal(readings.withoutRetryAfter, 0, 'every refusal says when to come back');
      figure('answered p99', readings.percentile(0.99, 200), 'ms');
      // Readers, stores and process share the machine: `bench reads` holds it to a bound, where nothing else runs.
      figure('answered within half a second', 100 * (await answeredInTime(bff, arena)), '%');
      figure('refused', readings.statuses.get(503) ?? 0);
      figure('refused p99', readings.percentile(0.99, 503), 'ms');
      figure('changes', await running.end());
      assert((await new Reader(bff, arena.key).get(plans)).status === 200, 'and answers afterwards');
      await bff.child.end();
    },
  },
];
