import { strict as assert } from 'node:assert';
import { eventually } from '../harness/eventually.ts';
import type { FaultCase, Trial } from './fault-case.ts';

interface Chain {
  readonly steps: Readonly<Record<string, { readonly outcome?: string; readonly driftRows?: number }>>;
  readonly calls: number;
}

/** Lets the chain of the night be late, so that the worker makes up for it; and waits until it has ended. */
export async function nightly({ arena }: Pick<Trial, 'arena'>): Promise<Chain> {
  const { rows } = arena.database;
  await rows(`DELETE FROM sf_upkeep_run WHERE kind = 'nightly' AND finished_at IS NOT NULL`);
  await rows(
    `INSERT INTO sf_upkeep_run (id, kind, subject, started_at, finished_at, report, hash)
     VALUES (gen_random_uuid(), 'nightly', 'all', sf_now() - interval '3 days', sf_now() - interval '3 days', '{}', '')`,
  );
  let chain: Chain | undefined;
  await eventually('the chain of the night has ended', 60_000, async () => {
    const [found] = await rows<{ report: Chain }>(
      `SELECT report FROM sf_upkeep_run WHERE kind = 'nightly' AND finished_at > sf_now() - interval '1 day'`,
    );
    assert.notEqual(found, undefined);
    chain = found?.report;
  });
  if (chain === undefined) throw new Error('no chain ended');
  return chain;
}

/** What the deltas and comparisons of a chain found wrong. */
function driftOf({ steps }: Chain): number {
  return Object.values(steps).reduce((sum, { driftRows = 0 }) => sum + driftRows, 0);
}

async function knobs({ arena }: Trial, change: object, stream: object = {}): Promise<void> {
  await arena.org.control('PATCH', '/knobs', change);
  await arena.org.control('PATCH', '/pubsub/knobs', stream);
}

/** Rows 6, 17, 21, 22, 23 and 47: what no event tells is found by reading, and believed only within reason. */
export const nothingMissed: readonly FaultCase[] = [
  {
    row: 6,
    title: 'events that are never published',
    tier: 'test',
    seeds: 1,
    async drive(trial) {
      await trial.edit(1);
      await trial.converged();
      await knobs(trial, {}, { dropEvents: 1 });
      await trial.edit(1);
      await knobs(trial, {}, { dropEvents: 0 });
      // The stream goes on as if nothing had happened, and claims to be complete.
      await trial.arena.org.transact([
        { op: 'update', id: '0015g000000000zAAA', object: 'Account', fields: { Site: 'after' } },
      ]);
      const { calls, ...chain } = await nightly(trial);
      await trial.converged();
      const drift = driftOf({ ...chain, calls });
      assert.ok(drift > 0, 'no drift was counted');
      trial.figure('drift', drift, 'rows');
      trial.figure('calls', calls);
      assert.equal(driftOf(await nightly(trial)), 0);
    },
  },
  {
    row: 17,
    title: 'a Bulk job that takes long while the stream runs',
    tier: 'torture',
    seeds: 1,
    async drive(trial) {
      await knobs(trial, { slowState: 8 });
      const load = await trial.load(20);
      const { code, output } = await trial.arena.backfill();
      assert.equal(code, 0, output);
      trial.figure('changes', await load.end());
    },
  },
  {
    row: 21,
    title: 'clocks ten minutes apart, and commits that show long after their stamp',
    tier: 'test',
    seeds: 1,
    async drive(trial) {
      const { org } = trial.arena;
      for (const offsetSeconds of [600, -600]) {
        await org.control('POST', '/clock', { offsetSeconds });
        await knobs(trial, {}, { dropEvents: 1 });
        const edit = {
          op: 'update',
          object: 'Account',
          id: '0015g0000000005AAA',
          fields: { Site: `at ${offsetSeconds}` },
        };
        await org.control('POST', '/transactions', { edits: [edit], commitDelay: 2 });
        // Its stamp is older than this chain, and nobody can see it yet.
        await nightly(trial);
        await eventually('the late commit is visible', 20_000, async () => {
          const [account] = (await org.truth('Account')).filter(({ Id }) => Id === edit.id);
          assert.equal(account?.['Site'], edit.fields.Site);
        });
        await nightly(trial);
        await trial.converged();
      }
      await org.control('POST', '/clock', { offsetSeconds: 0 });
    },
  },
  {
    row: 22,
    title: 'reads from a replica that is behind',
    tier: 'test',
    seeds: 1,
    async drive(trial) {
      await knobs(trial, { readLag: 3 }, { gapEvents: 0.5 });
      await trial.edit(3);
      const { key } = trial.arena;
      await eventually('rows are asked for again', 30_000, async () => {
        const answer = await fetch(`${trial.worker.url}/metrics`, {
          headers: { authorization: `Bearer ${key}` },
        });
        const [, count = '0'] =
          /^sf_stale_guard_requeues_total\{[^}]*\} (\d+)/m.exec(await answer.text()) ?? [];
        assert.notEqual(Number(count), 0);
      });
      await knobs(trial, { readLag: 0 }, { gapEvents: 0 });
      await nightly(trial);
      await trial.converged();
    },
  },
  {
    row: 23,
    title: 'a sweep that sees two thirds of the rows',
    tier: 'test',
    seeds: 1,
    async drive(trial) {
      const tombstones = async (): Promise<number> => {
        const [found] = await trial.arena.database.rows<{ n: number }>(
          `SELECT count(*)::int AS n FROM sf_shadow_aside WHERE NOT alive`,
        );
        return found?.n ?? -1;
      };
      const before = await tombstones();
      await knobs(trial, { hideRows: { Account: 0.3 } });
      const { steps } = await nightly(trial);
      assert.equal(steps['reconcile Account']?.outcome, 'halted');
      assert.equal(await tombstones(), before);
      await knobs(trial, { hideRows: {} });
      assert.equal((await nightly(trial)).steps['reconcile Account']?.outcome, 'equal');
    },
  },
  {
    row: 47,
    title: 'dead rows that nothing may clear away',
    tier: 'torture',
    seeds: 1,
    async drive(trial) {
      const { rows } = trial.arena.database;
      // A statement that runs keeps every row version alive that it might still see.
      const held = rows('SELECT pg_sleep(30)');
      const load = await trial.load(30);
      await held;
      trial.figure('changes', await load.end());
      const [dead] = await rows<{ n: string }>('SELECT sum(n_dead_tup) AS n FROM pg_stat_user_tables');
      trial.figure('dead rows', Number(dead?.n ?? 0));
    },
  },
];
