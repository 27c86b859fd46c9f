import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { MergeInput } from '@umbra/domain';
import { batchesOf, misplaced, placementCase, placementLeaves } from '@umbra/testing';
import { applyInputs, releaseWaiting } from '../src/index.ts';
import { depth } from './depth.ts';
import { memoryMirror, type MemoryMirror } from './memory-mirror.ts';

async function mirrored(statements: readonly MergeInput[], cuts: readonly number[]): Promise<MemoryMirror> {
  const made = memoryMirror();
  for (const [object, leaves] of Object.entries(placementLeaves)) {
    const name = object as keyof typeof placementLeaves;
    await made.mirror.revisions.load(name, [await made.shadow.schemaRevision(name, leaves)]);
  }
  for (const { object, inputs } of batchesOf(statements, cuts))
    await applyInputs(made.mirror, object, inputs);
  return made;
}

function revisionsOf(revision: number): ReadonlySet<string> {
  return new Set(revision === 0 ? [] : [...placementLeaves.Product2, ...placementLeaves.PricebookEntry]);
}

describe('placement', () => {
  it('8: is the same whatever the order, the repetition and the batches, and always what the rule says', async () => {
    await fc.assert(
      fc.asyncProperty(placementCase, async ({ statements, other, cuts }) => {
        const one = await mirrored(statements, []);
        const two = await mirrored(other, cuts);
        expect(
          misplaced(
            one.shadow.all(),
            (object) => one.mirror.projector(object),
            () => revisionsOf,
          ),
        ).toEqual([]);
        const content = ({ shadow }: MemoryMirror): unknown =>
          shadow
            .all()
            .map(({ state, home }) => ({
              ...state,
              gapSince: null,
              home,
              columns: shadow.columns(state.recordId),
            }))
            .sort((a, b) => (a.recordId < b.recordId ? -1 : 1));
        expect(content(two)).toEqual(content(one));
        // Nobody who could stand in a table is left to the sweep when transactions do not overlap.
        expect(await releaseWaiting(two.mirror)).toBe(0);
      }),
      { numRuns: 400 * depth },
    );
  });

  it('a repeated batch writes nothing and drops nothing from the caches', async () => {
    await fc.assert(
      fc.asyncProperty(placementCase, async ({ statements }) => {
        const made = await mirrored(statements, []);
        made.invalidated.length = 0;
        for (const { object, inputs } of batchesOf(statements, [])) {
          expect(await applyInputs(made.mirror, object, inputs)).toMatchObject({ written: 0 });
        }
        expect(made.invalidated).toEqual([]);
      }),
      { numRuns: 100 * depth },
    );
  });
});
