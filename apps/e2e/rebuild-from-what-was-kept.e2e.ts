import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { differences } from './checkers/equal.ts';
import { createProduct } from './harness/catalogue.ts';
import { edits } from './harness/edits.ts';
import { eventually } from './harness/eventually.ts';
import { sharedWorld } from './harness/shared-world.ts';
import type { World } from './harness/world.ts';

const archive = mkdtempSync(join(tmpdir(), 'umbra-archive-'));
const env = { SF_ARCHIVE_DIR: archive };

afterAll(() => rmSync(archive, { recursive: true, force: true }));

/**
 * Everything that a row says: the columns that people query, every leaf, what is in doubt. Left out is what tells when
 * that was last read, since a read that told nothing new is not kept.
 */
const readAgain = `ARRAY['updated_at', 'v_base', 'v_fields', 'v_read', 'read_at', 'v_alive', 'v_max']`;
const digests = Object.entries({
  sf_product_shadow: 'product_id',
  sf_pricebook_shadow: 'pricebook_entry_id',
  sf_account_eligibility_shadow: 'account_id',
})
  .map(
    ([table, key]) => `
      SELECT '${table}' AS table, count(*)::int AS rows,
             md5(string_agg((to_jsonb(r) - ${readAgain})::text, '' ORDER BY ${key})) AS digest FROM ${table} AS r`,
  )
  .join(' UNION ALL ');

describe('shadow tables that were lost', () => {
  const world = sharedWorld(async (created) => {
    await created.org.control('PATCH', '/pubsub/knobs', { keepAliveEvery: 1 });
    const worker = await created.startQuickWorker();
    expect(await created.backfill()).toMatchObject({ code: 0 });
    for (let round = 1; round <= 6; round++) await created.org.transact(edits(round));
    // Told by reads alone: a gap has no values, and a record that appears in the middle of it needs its full image.
    await created.org.control('PATCH', '/pubsub/knobs', { gapEvents: 1 });
    await created.org.transact(edits(7));
    await created.org.control('PATCH', '/pubsub/knobs', { gapEvents: 0 });
    await createProduct(created.org, { Name: 'Late', StockKeepingUnit: 'LATE-1' }, { EUR: 12.5 });
    await created.org.transact([
      { op: 'delete', id: '0015g0000000007AAA' },
      { op: 'update', object: 'Account', id: '0015g0000000008AAA', fields: { Site: 'after the gap' } },
    ]);
    await eventually('the shadow equals Salesforce', 90_000, async () => {
      expect(await differences(created.database, created.org, false)).toEqual([]);
      expect(await created.database.rows('SELECT 1 FROM sf_hole WHERE closed_at IS NULL')).toEqual([]);
      const dirty = 'SELECT 1 FROM sf_account_eligibility_shadow WHERE gap_since IS NOT NULL';
      expect(await created.database.rows(dirty)).toEqual([]);
    });
    await worker.child.stop();
  });

  it('come back equal from pages, reads, archive and raw log, without a call to Salesforce', async () => {
    const { database, org } = world();
    const ops: World['ops'] = (words, more) => world().ops(words, more);
    const before = await database.rows<{ table: string; rows: number }>(digests);
    for (const { rows } of before) expect(rows).toBeGreaterThan(30);

    // The events of today leave the database: it takes the day for one of long ago.
    await database.rows(
      `CREATE OR REPLACE FUNCTION sf_now() RETURNS timestamptz LANGUAGE sql VOLATILE PARALLEL SAFE
       RETURN clock_timestamp() + interval '16 days'`,
    );
    const run = await ops(['archive', 'run', '--json'], env);
    expect(run).toMatchObject({ code: 0 });
    const { days } = JSON.parse(run.output) as { days: { outcome: string; rows: number }[] };
    expect(days.filter(({ outcome }) => outcome === 'dropped').length).toBe(days.length);
    expect(days.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(50);
    expect(await database.rows('SELECT 1 FROM sf_raw_event')).toEqual([]);
    expect(await ops(['archive', 'verify'], env)).toMatchObject({ code: 0 });

    await database.rows('DELETE FROM sf_pricebook_shadow');
    await database.rows('DELETE FROM sf_product_shadow');
    await database.rows('DELETE FROM sf_account_eligibility_shadow');
    await org.control('DELETE', '/counters');
    const rebuilt = await ops(['rebuild', '--json'], env);
    expect(rebuilt).toMatchObject({ code: 0 });
    expect(JSON.parse(rebuilt.output)).toMatchObject({
      outcome: 'complete',
      archivedDays: expect.any(Number),
      poisoned: 0,
    });
    expect(await database.rows(digests)).toEqual(before);
    expect(await org.control('GET', '/counters')).toMatchObject({ calls: [] });
    expect(await differences(database, org, false)).toEqual([]);

    // Once more, over what is there: nothing changes, and nothing is written.
    const written = 'SELECT max(updated_at) AS at FROM sf_account_eligibility_shadow';
    const at = await database.rows(written);
    expect(await ops(['rebuild'], env)).toMatchObject({ code: 0 });
    expect(await database.rows(written)).toEqual(at);
    expect(await database.rows(digests)).toEqual(before);
  });
});
