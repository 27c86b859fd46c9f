import { strict as assert } from 'node:assert';
import type { FaultCase, Trial } from './fault-case.ts';
import { noOpenHole } from './killed-workers.ts';

/** No subscription of this run ever skipped what it had missed. */
async function neverLatest({ arena }: Trial): Promise<void> {
  const streams = await arena.org.control<{ preset: string }[]>('GET', '/pubsub/streams');
  assert.equal(
    streams.some(({ preset }) => preset === 'LATEST'),
    false,
  );
}

/** Whole again, and the product knows it. */
async function whole(trial: Trial): Promise<void> {
  await trial.converged();
  await noOpenHole(trial);
  await neverLatest(trial);
}

/** Rows 8, 9, 10 and 12: what the stream cannot bring any more is read again. */
export const lostGround: readonly FaultCase[] = [
  {
    row: 8,
    title: 'overflow: the bus gives up on an object',
    tier: 'test',
    seeds: 1,
    convergesWithinSeconds: 90,
    async drive(trial) {
      await trial.edit(2);
      await trial.arena.org.control('POST', '/pubsub/unspecific', { object: 'Account', kind: 'overflow' });
      await trial.edit(2);
      await whole(trial);
    },
  },
  {
    row: 8,
    title: 'overflow: one transaction above the limit of the bus, lowered to 100 changes',
    tier: 'torture',
    seeds: 1,
    convergesWithinSeconds: 120,
    async drive(trial) {
      const { org } = trial.arena;
      await org.control('PATCH', '/pubsub/knobs', { overflowAbove: 100 });
      await org.control('POST', '/load/transaction', { object: 'Account', changes: 190 });
      await trial.edit(2);
      await whole(trial);
    },
  },
  {
    row: 9,
    title: 'a field conversion that names no record',
    tier: 'test',
    seeds: 1,
    convergesWithinSeconds: 90,
    async drive(trial) {
      const { database, org } = trial.arena;
      await org.control('POST', '/pubsub/unspecific', { object: 'Product2', kind: 'wildcard' });
      await trial.edit(1);
      await whole(trial);
      const stars = await database.rows("SELECT 1 FROM sf_shadow_aside WHERE record_id LIKE '%*'");
      assert.deepEqual(stars, []);
    },
  },
  {
    row: 10,
    title: 'away for longer than the 72 hours that events are kept',
    tier: 'test',
    seeds: 1,
    convergesWithinSeconds: 90,
    async drive(trial) {
      await trial.worker.child.end();
      await trial.edit(3);
      await trial.arena.org.control('POST', '/clock', { advanceSeconds: 73 * 3600 });
      await trial.edit(1);
      await trial.startWorker();
      await whole(trial);
    },
  },
  {
    row: 12,
    title: 'sandbox refresh or org migration: all numbers begin anew',
    tier: 'test',
    seeds: 1,
    convergesWithinSeconds: 90,
    async drive(trial) {
      await trial.edit(1);
      await trial.arena.org.control('POST', '/pubsub/migrate', {});
      await trial.edit(3);
      await whole(trial);
    },
  },
];
