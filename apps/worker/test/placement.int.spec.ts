import { describe, expect, it } from '@jest/globals';
import type { StoredRecord } from '@umbra/domain';
import { applyInputs, releaseWaiting } from '@umbra/sync';
import { batchesOf, misplaced, placementCase, placementLeaves } from '@umbra/testing';
import fc from 'fast-check';
import { withMirror, type MirrorUnderTest } from './with-mirror.ts';

const objects = ['Product2', 'PricebookEntry'] as const;

async function all({ store }: MirrorUnderTest): Promise<StoredRecord[]> {
  const found: StoredRecord[] = [];
  for (const object of objects) {
    const ids = await store.shadow.recordIdsAfter(object, '', 1000);
    found.push(...(await store.shadow.peek(object, ids)).values());
  }
  return found;
}

function revisionsOf(revision: number): ReadonlySet<string> {
  return new Set(revision === 0 ? [] : [...placementLeaves.Product2, ...placementLeaves.PricebookEntry]);
}

async function misplacedIn(under: MirrorUnderTest): Promise<readonly string[]> {
  return misplaced(
    await all(under),
    (object) => under.mirror.projector(object),
    () => revisionsOf,
  );
}

describe('placement in PostgreSQL', () => {
  it('is what the rule says, whatever the order and the batches; the cascade removes nothing', () =>
    withMirror(async (under) => {
      const { mirror, db } = under;
      for (const object of objects) await mirror.store.schemaRevision(object, placementLeaves[object]);
      await fc.assert(
        fc.asyncProperty(placementCase, async ({ other, cuts }) => {
          await db.client.query('TRUNCATE sf_pricebook_shadow, sf_product_shadow, sf_shadow_aside');
          for (const { object, inputs } of batchesOf(other, cuts)) await applyInputs(mirror, object, inputs);
          expect(await misplacedIn(under)).toEqual([]);
          expect(await releaseWaiting(mirror)).toBe(0);
        }),
        { numRuns: 40 },
      );
    }));

  it('is what the rule says after batches that ran at the same time, once the sweep has run', () =>
    withMirror(async (under) => {
      const { mirror, db } = under;
      for (const object of objects) await mirror.store.schemaRevision(object, placementLeaves[object]);
      await fc.assert(
        fc.asyncProperty(placementCase, async ({ other, cuts }) => {
          await db.client.query('TRUNCATE sf_pricebook_shadow, sf_product_shadow, sf_shadow_aside');
          const batches = batchesOf(other, cuts);
          await Promise.all(batches.map(({ object, inputs }) => applyInputs(mirror, object, inputs)));
          while ((await releaseWaiting(mirror)) > 0);
          expect(await misplacedIn(under)).toEqual([]);
        }),
        { numRuns: 40 },
      );
    }));
});
