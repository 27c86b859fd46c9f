import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../harness/eventually.ts';
import type { App } from '../harness/world.ts';
import type { Fault } from '@umbra/testing/servers';
import type { FaultCase, Trial } from './fault-case.ts';
import { keepReading, type Readings } from './reading.ts';

const paths = [
  '/api/catalog/internet/plans',
  '/api/catalog/products/SIM-M',
  '/api/eligibility/0015g0000000001AAA',
];

/** A BFF whose way to one server leads through its proxy, so often asked as a shop does. */
async function bffThrough({ arena }: Trial, leg: 'redis' | 'postgres'): Promise<App> {
  return arena.startBff({ ...arena.through([leg]), BFF_CLIENT_REQUESTS_PER_SECOND: '100000' });
}

/** Asks for the demo answers without end while `during` goes on. */
async function readWhile(trial: Trial, bff: App, during: () => Promise<void>): Promise<Readings> {
  const reading = keepReading(bff, trial.arena.key, {
    readers: 4,
    path: (n) => paths[n % paths.length] ?? '/',
  });
  try {
    await during();
  } finally {
    await reading.end();
  }
  return reading.readings;
}

function redis(title: string, tier: FaultCase['tier'], fault: Fault): FaultCase {
  return {
    row: 41,
    title,
    tier,
    seeds: 1,
    through: ['redis'],
    async drive(trial) {
      const { arena, edit, figure, pressure } = trial;
      const bff = await bffThrough(trial, 'redis');
      const readings = await readWhile(trial, bff, async () => {
        arena.proxies.redis.set(fault);
        await edit(2);
        await trial.converged();
        await pause(pressure.name === 'test' ? 500 : 10_000);
      });
      assert.deepEqual([...readings.statuses.keys()], [200], 'reads go on without the cache');
      assert(readings.percentile(0.99) < 5_000, `99 % within ${readings.percentile(0.99)} ms`);
      figure('read p50', readings.percentile(0.5), 'ms');
      figure('read p99', readings.percentile(0.99), 'ms');
      await bff.child.end();
    },
  };
}

function postgres(title: string, tier: FaultCase['tier'], fault: Fault): FaultCase {
  return {
    row: 44,
    title,
    tier,
    seeds: 1,
    async drive(trial) {
      const { arena, figure, pressure } = trial;
      const bff = await bffThrough(trial, 'postgres');
      await arena.redis.flushall();
      // Salesforce gone as well, so that nobody but the database could answer.
      await arena.org.control('POST', '/faults', { match: { route: 'query' }, status: 503, every: 1 });
      const readings = await readWhile(trial, bff, async () => {
        arena.proxies.postgres.set(fault);
        await pause(pressure.name === 'test' ? 3_000 : 10_000);
      });
      for (const status of readings.statuses.keys()) assert([200, 503].includes(status), `status ${status}`);
      assert.equal(readings.withoutRetryAfter, 0, 'every 503 says when to come back');
      assert(readings.percentile(1) < 15_000, `the slowest took ${readings.percentile(1)} ms`);
      figure('refused', readings.statuses.get(503) ?? 0);
      figure('slowest', readings.percentile(1), 'ms');
      await arena.calm();
      await eventually('reads come from the shadow again, without a restart', 30_000, async () => {
        await arena.redis.flushall();
        const answer = await fetch(`${bff.url}${paths[1] ?? ''}`, {
          headers: { authorization: `Bearer ${arena.key}` },
        });
        assert.equal(answer.status, 200);
      });
      await bff.child.end();
    },
  };
}

/** Rows 41 and 44: a store that is slow is worse than one that is away, unless nobody waits for it. */
export const slowStores: readonly FaultCase[] = [
  redis('Redis half a second slow', 'torture', { kind: 'latency', ms: 500 }),
  redis('Redis black-holed', 'test', { kind: 'black-hole' }),
  postgres('PostgreSQL a second slow each way', 'torture', { kind: 'latency', ms: 1_000 }),
  postgres('PostgreSQL black-holed', 'test', { kind: 'black-hole' }),
];
