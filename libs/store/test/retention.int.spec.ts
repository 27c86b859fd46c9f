import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { FolderArchive } from '../src/index.ts';
import { committedAt, commits, drain, event, batchOf, lease } from './stream-events.ts';
import { withStore, type StoreUnderTest } from './with-store.ts';

const today = committedAt(1).slice(0, 10);

/** The archive of a test, in a folder that goes with it. */
async function withArchive(
  body: (under: StoreUnderTest & { archive: FolderArchive; folder: string }) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'umbra-archive-'));
  try {
    await withStore((under) => body({ ...under, folder, archive: new FolderArchive(folder) }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const later = (db: StoreUnderTest['db'], days: number) =>
  db.rows(`UPDATE sf_test_clock SET shift = make_interval(days => $1)`, [days]);

const tables = (db: StoreUnderTest['db']) =>
  db
    .rows<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relname IN ($1, $2) ORDER BY relname`,
      [`sf_change_${today.replaceAll('-', '')}`, `sf_raw_event_${today.replaceAll('-', '')}`],
    )
    .then((rows) => rows.length);

describe('a day of the raw log', () => {
  it('leaves the database for the archive, from which every byte of it comes back', () =>
    withArchive(async ({ archive, db, folder, store }) => {
      await store.eventSchemas.remember('schema-1', { body: '{"a":1}', object: 'Account', revision: 1 });
      const mine = await lease(store);
      await store.streamLog.append(mine, commits(1, 1_200, { bytes: 900 }));
      await drain(store);
      const before = await collect(store.eventHistory.logged(today));
      expect(before).toHaveLength(1_200);
      expect(await store.rawLogDays.expired(14)).toEqual([]);
      await later(db, 15);
      expect(await store.rawLogDays.expired(14)).toEqual([today]);

      const fresh = await store.rawLogDays.archive(today, archive);
      await store.rawLogDays.verify(fresh, archive);
      await store.rawLogDays.drop(fresh);
      expect(await tables(db)).toBe(0);
      const [archived] = await store.rawLogDays.archived();
      expect(archived).toMatchObject({ day: today, rows: 1_200, droppedAt: expect.any(Date) });
      if (archived === undefined) throw new Error('nothing archived');
      expect(await collect(store.eventHistory.archived(archived, archive))).toEqual(before);
      await store.rawLogDays.verify(archived, archive);

      const files = readdirSync(join(folder, 'raw-log')).sort();
      expect(files).toEqual([`${today}.copy.zst`, `${today}.manifest.json`]);
      const path = join(folder, archived.file);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(archived.bytes).toBe(statSync(path).size);
      const manifest: unknown = JSON.parse(readFileSync(join(folder, 'raw-log', files[1] ?? ''), 'utf8'));
      expect(manifest).toMatchObject({
        day: today,
        rows: 1_200,
        sha256: archived.sha256,
        schemas: { 'schema-1': '{"a":1}' },
      });
    }));

  it.each([
    ['shorter', (path: string) => truncateSync(path, statSync(path).size - 10)],
    ['longer', (path: string) => appendFileSync(path, 'x')],
    ['gone', (path: string) => rmSync(path)],
  ])('is not dropped when its file is %s than it was', (_, damage) =>
    withArchive(async ({ archive, db, folder, store }) => {
      await store.streamLog.append(await lease(store), commits(1, 50));
      const archived = await store.rawLogDays.archive(today, archive);
      damage(join(folder, archived.file));
      await expect(store.rawLogDays.verify(archived, archive)).rejects.toMatchObject({
        code: expect.stringMatching(/^STORE_ARCHIVE_(DAMAGED|MISSING)$/),
      });
      expect(await tables(db)).toBe(2);
    }),
  );

  it('is not dropped when its table has changed since', () =>
    withArchive(async ({ archive, db, store }) => {
      const mine = await lease(store);
      await store.streamLog.append(mine, commits(1, 5));
      const archived = await store.rawLogDays.archive(today, archive);
      await store.streamLog.append(mine, commits(6, 6));
      await expect(store.rawLogDays.drop(archived)).rejects.toMatchObject({ code: 'STORE_ARCHIVE_DAMAGED' });
      expect(await tables(db)).toBe(2);
      await store.rawLogDays.drop(await store.rawLogDays.archive(today, archive));
      expect(await tables(db)).toBe(0);
    }));

  it('stays while something in it waits to be applied, decoded or repaired', () =>
    withArchive(async ({ db, store }) => {
      const mine = await lease(store);
      await store.streamLog.append(mine, batchOf([event(1)], 1));
      expect(await store.rawLogDays.heldBy(today)).toBe('unapplied');
      await drain(store);
      expect(await store.rawLogDays.heldBy(today)).toBeUndefined();
      await store.streamLog.append(mine, batchOf([event(2, { error: 'undecodable', day: today })], 2));
      expect(await store.rawLogDays.heldBy(today)).toBe('undecoded');
      await db.rows('UPDATE sf_raw_event SET decoded = true');
      const [change] = await db.rows<{ record_id: string }>('SELECT record_id FROM sf_change');
      await store.ledger.open({
        object: 'Account',
        scope: 'record',
        recordId: change?.record_id ?? '',
        cause: 'poison',
        from: new Date(),
        version: null,
      });
      expect(await store.rawLogDays.heldBy(today)).toBe('parked');
    }));
});

describe('the default table', () => {
  it('gives back what it had to catch once the day can have its own', () =>
    withArchive(async ({ db, store }) => {
      const name = today.replaceAll('-', '');
      await db.rows(`DROP TABLE IF EXISTS sf_raw_event_${name}, sf_change_${name}`);
      // As a process that knew the day before somebody dropped it: it does not ask for the day again.
      await db.rows(
        `CREATE OR REPLACE FUNCTION sf_ensure_partitions(day date) RETURNS boolean LANGUAGE sql RETURN true`,
      );
      await store.streamLog.append(await lease(store), commits(1, 20));
      expect(await store.rawLogDays.strays()).toBe(20);
      expect(await store.rawLogDays.adoptStrays()).toBe(20);
      expect(await store.rawLogDays.strays()).toBe(0);
      expect(await tables(db)).toBe(2);
      expect((await drain(store)).length).toBe(20);
      expect(await store.rawLogDays.adoptStrays()).toBe(0);
    }));

  it('keeps events of absurd days, which people have to look at', () =>
    withArchive(async ({ store }) => {
      await store.streamLog.append(await lease(store), batchOf([event(1, { day: '2199-01-01' })], 1));
      expect(await store.rawLogDays.adoptStrays()).toBe(0);
      expect(await store.rawLogDays.strays()).toBe(1);
    }));
});

describe('tombstones', () => {
  it('go after 30 days, and raise the floor to the newest version that went', () =>
    withArchive(async ({ db, store }) => {
      const insert = (id: string, version: string, days: number) =>
        db.rows(
          `INSERT INTO sf_shadow_aside (object, record_id, alive, reason, since, doc, v_alive, v_max, purge_after)
           VALUES ('Account', $1, false, 'deleted', sf_now(), '{}', $2, $2, sf_now() + make_interval(days => $3))`,
          [id, version, days],
        );
      await insert('001000000000001AAA', 'b'.repeat(52), -1);
      await insert('001000000000002AAA', 'c'.repeat(52), -2);
      await insert('001000000000003AAA', 'f'.repeat(52), 1);
      expect(await store.tombstones.purge(100, true)).toBe(2);
      expect(await store.tombstones.purge(1)).toBe(1);
      expect(await store.tombstones.purge(100)).toBe(1);
      expect(await store.tombstones.purge(100)).toBe(0);
      expect(await db.rows('SELECT record_id FROM sf_shadow_aside')).toEqual([
        { record_id: '001000000000003AAA' },
      ]);
      expect(await db.rows(`SELECT object, tombstone_floor FROM sf_object_state`)).toEqual([
        { object: 'Account', tombstone_floor: 'c'.repeat(52) },
      ]);
    }));
});

async function collect<T>(batches: AsyncIterable<readonly T[]>): Promise<Omit<T, 'fingerprint'>[]> {
  const all: T[] = [];
  for await (const batch of batches) all.push(...batch);
  return all.map((one) => {
    const { fingerprint: _, ...rest } = one as T & { fingerprint?: unknown };
    return rest;
  });
}
