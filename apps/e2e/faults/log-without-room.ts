import { strict as assert } from 'node:assert';
import { eventually } from '../harness/eventually.ts';
import type { Arena } from './arena.ts';
import type { FaultCase } from './fault-case.ts';

const positions = ({
  database,
}: Arena): Promise<{ topic: string; replay: string | null; next_seq: string }[]> =>
  database.rows("SELECT topic, encode(replay_id, 'hex') AS replay, next_seq FROM sf_stream ORDER BY topic");

/** Inserts into the log fail as on a full disk; a sequence counts them, since it is not rolled back. */
const diskFull = [
  'CREATE SEQUENCE e2e_refused',
  `CREATE FUNCTION e2e_disk_full() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     PERFORM nextval('e2e_refused');
     RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100';
   END $$`,
  `CREATE TRIGGER e2e_disk_full BEFORE INSERT ON sf_raw_event FOR EACH ROW EXECUTE FUNCTION e2e_disk_full()`,
];
const diskFreed = [
  'DROP TRIGGER e2e_disk_full ON sf_raw_event',
  'DROP FUNCTION e2e_disk_full',
  'DROP SEQUENCE e2e_refused',
];

/** Row 45: the raw log finds no room: the disk is full, or the day has no table of its own. */
export const logWithoutRoom: readonly FaultCase[] = [
  {
    row: 45,
    title: 'disk full: the log takes nothing',
    tier: 'test',
    seeds: 1,
    async drive({ arena, edit, figure, worker }) {
      const before = await positions(arena);
      for (const statement of diskFull) await arena.database.rows(statement);
      try {
        await edit(3);
        await eventually('the log is tried again and again', 30_000, async () => {
          const [tried] = await arena.database.rows<{ n: number }>(
            'SELECT last_value::int AS n FROM e2e_refused',
          );
          assert.ok((tried?.n ?? 0) >= 3);
        });
        const during = await positions(arena);
        for (const [at, { next_seq, replay, topic }] of before.entries())
          assert.deepEqual(
            [during[at]?.replay, during[at]?.next_seq],
            [replay, next_seq],
            `${topic} moved on`,
          );
        assert.equal(worker.child.running, true, 'the worker outlives a full disk');
      } finally {
        for (const statement of diskFreed) await arena.database.rows(statement);
      }
      const begun = performance.now();
      await eventually('what came meanwhile is stored', 60_000, async () => {
        const after = await positions(arena);
        assert.ok(after.every((one, at) => BigInt(one.next_seq) > BigInt(before[at]?.next_seq ?? '0')));
      });
      figure('storing again after', (performance.now() - begun) / 1_000, 's');
    },
  },
  {
    row: 45,
    title: "tomorrow's partition missing, and nobody can make one",
    tier: 'torture',
    seeds: 1,
    async drive({ arena, edit, figure, startWorker, worker }) {
      const rows = arena.database.rows;
      const [made] = await rows<{ body: string }>(
        "SELECT pg_get_functiondef('sf_ensure_partitions'::regproc) AS body",
      );
      const [tomorrow] = await rows<{ day: string }>(
        "SELECT to_char(timezone('UTC', sf_now()) + interval '1 day', 'YYYYMMDD') AS day",
      );
      const day = tomorrow?.day ?? '';
      await worker.child.stop();
      await rows(
        'CREATE OR REPLACE FUNCTION sf_ensure_partitions(day date) RETURNS boolean LANGUAGE sql RETURN true',
      );
      await rows(`DROP TABLE IF EXISTS sf_raw_event_${day}, sf_change_${day}`);
      await arena.org.control('POST', '/clock', { advanceSeconds: 24 * 3_600 });
      const fresh = await startWorker();
      const begun = performance.now();
      await edit(3);
      await eventually('the default table catches what has no day', 60_000, async () => {
        const [caught] = await rows<{ n: number }>('SELECT count(*)::int AS n FROM sf_raw_event_default');
        assert.ok((caught?.n ?? 0) > 0);
      });
      await eventually('the alarm is raised', 60_000, async () => {
        const headers = { authorization: `Bearer ${arena.key}` };
        const metrics = await (await fetch(`${fresh.url}/metrics`, { headers })).text();
        assert.match(metrics, /^sf_raw_log_strays(\{[^}]*\})? [1-9]/m);
      });
      figure('alarm after', (performance.now() - begun) / 1_000, 's');
      await rows(made?.body ?? '');
      const { code, output } = await arena.ops(['archive', 'run', '--json']);
      assert.equal(code, 0, output);
      const { strays } = JSON.parse(output) as { strays: { adopted: number; left: number } };
      assert.ok(strays.adopted > 0);
      assert.equal(strays.left, 0);
    },
  },
];
