import { describe, expect, it } from '@jest/globals';
import { KeptSchemaBook, replayChanges } from '@umbra/sync';
import { buildProduct2, recordId } from '@umbra/testing';
import { LaneWorld } from './lane-world.ts';
import { withMirror } from './with-mirror.ts';

describe('an old event of a record whose tombstone was purged', () => {
  it('does not bring it back: the record is to be read', () =>
    withMirror(async (under) => {
      const { db, mirror, store } = under;
      const world = new LaneWorld(under);
      const id = recordId('01t', 1);
      const leaves = buildProduct2({ Id: id, StockKeepingUnit: 'GONE' });
      await world.tell({ object: 'Product2', type: 'CREATE', id, leaves });
      await world.tell({ object: 'Product2', type: 'DELETE', id, leaves: {} });
      await world.drain();
      await db.rows(`UPDATE sf_shadow_aside SET purge_after = sf_now() - interval '1 day'`);
      expect(await store.tombstones.purge(10)).toBe(1);
      // The deletion left the log before; what comes late is the creation alone.
      await db.rows(`DELETE FROM sf_change WHERE change_type = 'DELETE'`);
      const schemas = new KeptSchemaBook(store.eventSchemas, store.shadow, world.createDecoder);
      await replayChanges(
        { mirror, schemas, changes: store.loggedChanges },
        { filter: { recordIds: [id] }, dryRun: false },
      );
      expect(await db.rows('SELECT 1 FROM sf_product_shadow')).toEqual([]);
      expect(
        await db.rows('SELECT record_id, reason, gap_since IS NOT NULL AS dirty FROM sf_shadow_aside'),
      ).toEqual([{ record_id: id, reason: 'image_missing', dirty: true }]);
    }));
});
