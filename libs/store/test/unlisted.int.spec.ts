import { describe, expect, it } from '@jest/globals';
import { recordId } from '@umbra/testing';
import { aside, build, inMain, stamp } from './records.ts';
import { batchOf, committedAt, event, lease } from './stream-events.ts';
import { withStore } from './with-store.ts';

const id = (n: number): string => recordId('001', n);

async function* inBatches(...numbers: readonly number[]): AsyncGenerator<readonly string[]> {
  await Promise.resolve();
  yield [];
  for (const n of numbers) yield [id(n)];
}

describe('what a list of ids lacks', () => {
  it('is alive in either home, older than the list, and named nowhere in it', () =>
    withStore(async ({ store }) => {
      const leaves = (n: number) => build.Account({ Id: id(n) });
      await store.shadow.transaction((tx) =>
        tx.write([
          ...[1, 2, 3].map((n) => inMain('Account', leaves(n), stamp(2))),
          inMain('Account', leaves(4), stamp(9)),
          aside('Account', leaves(5), stamp(2), { reason: 'image_missing' }),
          aside('Account', leaves(6), stamp(2), { reason: 'deleted' }, { alive: false }),
        ]),
      );
      const mine = await lease(store);
      await store.streamLog.append(
        mine,
        batchOf([event(3, { ids: [id(3)] }), event(8, { ids: [id(2)] })], 8),
      );
      const terms = { stamp: stamp(5), youngSince: new Date(committedAt(2)), most: 10 };
      expect(await store.shadow.unlisted('Account', inBatches(1, 77), terms)).toEqual({
        count: 3,
        records: [
          { recordId: id(2), young: false },
          { recordId: id(3), young: true },
          { recordId: id(5), young: false },
        ],
      });
      const few = await store.shadow.unlisted('Account', inBatches(), { ...terms, most: 1 });
      expect(few).toEqual({ count: 4, records: [{ recordId: id(1), young: false }] });
      expect(await store.shadow.unlisted('Product2', inBatches(), terms)).toEqual({ count: 0, records: [] });
    }));

  it('is nothing when the list breaks off', () =>
    withStore(async ({ store }) => {
      const broken = async function* () {
        yield* inBatches(1);
        throw new RangeError('cut off');
      };
      const terms = { stamp: stamp(5), youngSince: new Date(), most: 10 };
      await expect(store.shadow.unlisted('Account', broken(), terms)).rejects.toThrow('cut off');
      expect((await store.shadow.unlisted('Account', inBatches(1), terms)).count).toBe(0);
    }));
});
