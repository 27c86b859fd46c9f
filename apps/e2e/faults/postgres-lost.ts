import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../harness/eventually.ts';
import type { Arena } from './arena.ts';
import type { FaultCase, Trial } from './fault-case.ts';

/** Events in the log, of all topics. */
export const stored = async ({ database }: Arena): Promise<number> => {
  const [row] = await database.rows<{ n: number }>('SELECT sum(next_seq)::int AS n FROM sf_stream');
  return row?.n ?? 0;
};

/** Events are being stored again. @returns seconds that it took */
async function storesAgain({ arena, edit }: Trial, withinMs: number): Promise<number> {
  const begun = performance.now();
  const before = await stored(arena);
  await edit(1);
  await eventually('events are stored again', withinMs, async () => {
    assert.ok((await stored(arena)) > before);
  });
  return (performance.now() - begun) / 1_000;
}

/** Row 42: the server goes and comes back under load, in one of its ways. */
const restarts = (['fast', 'immediate', 'kill'] as const).map((how): FaultCase => ({
  row: 42,
  title: `PostgreSQL ended by ${how === 'kill' ? 'kill -9' : `${how} shutdown`} under load`,
  tier: 'test',
  seeds: 3,
  async drive(trial) {
    const { arena, chance, figure, load, worker } = trial;
    const running = await load(300);
    await storesAgain(trial, 30_000);
    await pause(chance.between(0, 500));
    await arena.postgres.stop(how);
    await pause(chance.between(200, 1_500));
    await arena.postgres.start();
    figure('storing again after', await storesAgain(trial, 30_000), 's');
    figure('changes', await running.end());
    assert.equal(worker.child.running, true, 'the worker outlives its database');
  },
}));

/** Rows 42, 43 and 51: the database is gone, is another one, or cannot be reached. */
export const postgresLost: readonly FaultCase[] = [
  ...restarts,
  {
    row: 43,
    title: 'failover to a standby 2 s behind, under load',
    tier: 'torture',
    seeds: 3,
    async drive(trial) {
      const { arena, figure, load } = trial;
      const running = await load(300);
      await storesAgain(trial, 30_000);
      await arena.postgres.keepCopy();
      await pause(2_000);
      const before = await stored(arena);
      await arena.postgres.startFromCopy();
      figure('events lost and streamed again', before - (await stored(arena)));
      await storesAgain(trial, 30_000);
      figure('changes', await running.end());
    },
  },
  {
    row: 43,
    title: 'failover to a standby that missed the last change of a quiet topic',
    tier: 'test',
    seeds: 3,
    async drive(trial) {
      const { arena, converged, edit, figure } = trial;
      await edit(1);
      await converged();
      await arena.postgres.keepCopy();
      const before = await stored(arena);
      await edit(2);
      await converged();
      const lost = (await stored(arena)) - before;
      await arena.postgres.startFromCopy();
      figure('events lost and streamed again', lost);
      assert.ok(lost > 0);
    },
  },
  {
    row: 51,
    title: 'the worker reaches Salesforce but not the database',
    tier: 'test',
    seeds: 1,
    through: ['postgres'],
    async drive(trial) {
      const { arena, figure, load, pressure } = trial;
      const running = await load(300);
      await storesAgain(trial, 30_000);
      arena.proxies.postgres.set({ kind: 'black-hole' });
      await pause(pressure.name === 'test' ? 2_500 : 15_000);
      figure('delivered and not stored', await outstanding(arena));
      arena.proxies.postgres.set({ kind: 'pass' });
      arena.proxies.postgres.reset();
      figure('storing again after', await storesAgain(trial, 60_000), 's');
      figure('changes', await running.end());
    },
  },
];

/** Most events that a live stream has delivered beyond what its topic has stored, where 1,000 are the bound. */
async function outstanding(arena: Arena): Promise<number> {
  const streams = await arena.org.control<{ topic: string; delivered: number; openedAt: number }[]>(
    'GET',
    '/pubsub/streams?live=true',
  );
  const perTopic = await Promise.all(
    streams.map(async ({ delivered, openedAt, topic }) => {
      const [row] = await arena.database.rows<{ n: number }>(
        `SELECT count(*)::int AS n FROM sf_raw_event JOIN sf_stream USING (stream_id)
         WHERE topic = $1 AND received_at >= $2`,
        [topic, new Date(openedAt)],
      );
      return delivered - (row?.n ?? 0);
    }),
  );
  const most = Math.max(0, ...perTopic);
  assert.ok(most <= 1_100, `${most} events are held in memory`);
  return most;
}
