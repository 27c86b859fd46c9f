import { describe, expect, it } from '@jest/globals';
import { KeptSchemaBook, replayChanges, type ReplayReport } from '@umbra/sync';
import { buildProduct2, recordId } from '@umbra/testing';
import { LaneWorld, type Told } from './lane-world.ts';
import { shadowOf, withMirror } from './with-mirror.ts';

const id = (n: number): string => recordId('01t', n);
const created = (n: number): Told => ({
  object: 'Product2',
  type: 'CREATE',
  id: id(n),
  leaves: buildProduct2({ Id: id(n), StockKeepingUnit: `S-${n}` }),
});
const described = (n: number, text: string): Told => ({
  object: 'Product2',
  type: 'UPDATE',
  id: id(n),
  leaves: { Description: text },
});

describe('replaying the raw log', () => {
  it('brings back what was lost, touches nothing that is right, and counts beforehand', () =>
    withMirror(async (under) => {
      const { db, mirror, store } = under;
      const world = new LaneWorld(under);
      await world.tell(created(1), created(2), described(1, 'one'), described(2, 'two'));
      await world.drain();
      const before = await shadowOf(db);
      await db.rows('DELETE FROM sf_product_shadow WHERE product_id = $1', [id(1)]);
      const schemas = new KeptSchemaBook(store.eventSchemas, store.shadow, world.createDecoder);
      const replay = (filter: Parameters<typeof replayChanges>[1]['filter'], dryRun = false) =>
        replayChanges({ mirror, schemas, changes: store.loggedChanges }, { filter, dryRun });
      const summed: Pick<ReplayReport, 'changes' | 'records' | 'counts'> = {
        changes: 4,
        records: 2,
        counts: [
          { object: 'Product2', changeType: 'CREATE', count: 2 },
          { object: 'Product2', changeType: 'UPDATE', count: 2 },
        ],
      };
      expect(await replay({ object: 'Product2' }, true)).toEqual({ ...summed, written: 0, poisoned: 0 });
      expect((await shadowOf(db)).has(id(1))).toBe(false);
      expect(await replay({ recordIds: [id(2)] })).toMatchObject({ changes: 2, written: 0 });
      expect(await replay({ object: 'Product2' })).toEqual({ ...summed, written: 1, poisoned: 0 });
      const after = await shadowOf(db);
      for (const n of [1, 2]) expect(after.get(id(n))?.payload).toEqual(before.get(id(n))?.payload);
      expect(await replay({ object: 'Product2' })).toMatchObject({ written: 0 });
    }));

  it('takes no more than it is asked for', () =>
    withMirror(async (under) => {
      const world = new LaneWorld(under);
      await world.tell(...[1, 2, 3].map((n) => created(n)));
      const found = async (filter: Parameters<typeof replayChanges>[1]['filter']) => {
        const ids: string[] = [];
        for await (const batch of under.store.loggedChanges.read(filter))
          ids.push(...batch.map(({ recordId: one }) => one));
        return ids.sort();
      };
      const all = [1, 2, 3].map(id);
      const [day] = [new Date(new Date().setUTCHours(0, 0, 0, 0))];
      expect(await found({ topic: '/data/ChangeEvents' })).toEqual(all);
      expect(await found({ topic: '/data/AccountChangeEvent' })).toEqual([]);
      expect(await found({ object: 'Account' })).toEqual([]);
      // Commit n of this world is n hundredths of a second after midnight.
      expect(await found({ from: new Date(day.getTime() + 20), to: new Date(day.getTime() + 30) })).toEqual([
        id(2),
      ]);
      expect(await found({ from: new Date(day.getTime() + 86_400_000) })).toEqual([]);
    }));
});
