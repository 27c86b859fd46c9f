import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  isDirty,
  merge,
  mergeAll,
  versionOfLeaf,
  type MergeInput,
  type RecordState,
} from '../../src/index.ts';
import { depth } from './depth.ts';
import { equalsTruth, FORMULA } from './history.ts';
import { PlainRegisters } from './plain-registers.ts';
import { Random } from './random.ts';
import { arbitraryCase, describeCase, smallLimits, wideLimits, type Case } from './random-case.ts';

const numRuns = 500 * depth;

function inputsOf(one: Case): MergeInput[] {
  return one.told.map(({ input }) => input);
}

function merged(one: Case, inputs: readonly MergeInput[]): RecordState {
  const state = mergeAll(undefined, inputs, one.history.revisions);
  if (state === undefined) throw new Error('nothing was told');
  return state;
}

/** Everything but the one column that may depend on order. */
function fixed(state: RecordState): Omit<RecordState, 'gapSince'> {
  const { gapSince, ...rest } = state;
  void gapSince;
  return rest;
}

const wide = arbitraryCase(wideLimits).filter(({ told }) => told.length > 0);

function check(predicate: (one: Case, random: Random) => void): void {
  const property = fc.property(wide, fc.noShrink(fc.nat()), (one, seed) => {
    try {
      predicate(one, new Random(seed));
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : ''}\n${describeCase(one)}`, {
        cause: error,
      });
    }
  });
  fc.assert(property, { numRuns });
}

describe('merge, for any history told in any way', () => {
  it('reaches the truth once every commit was delivered or read', () => {
    let closed = 0;
    check((one) => {
      if (!one.closed) return;
      closed++;
      expect(equalsTruth(one.history, merged(one, inputsOf(one)))).toBe(true);
    });
    expect(closed).toBeGreaterThan(numRuns / 2);
  });

  it('1: order, repetition and grouping leave the identical state; only gapSince may be earlier', () => {
    check((one, random) => {
      const inputs = inputsOf(one);
      const state = merged(one, inputs);
      const other = [...random.shuffle(inputs), ...random.some(inputs)];
      const again = merged(one, other);
      expect(fixed(again)).toEqual(fixed(state));
      expect(again.gapSince === null).toBe(state.gapSince === null);
      const cut = random.int(0, other.length);
      const grouped = mergeAll(
        mergeAll(undefined, other.slice(0, cut), one.history.revisions),
        other.slice(cut),
        one.history.revisions,
      );
      expect(grouped).toEqual(again);
      expect(merge(state, inputs[0] as MergeInput, one.history.revisions)).toBe(state);
    });
  });

  it('1: gapSince is never later than the commit of an unresolved gap', () => {
    check((one) => {
      const state = merged(one, inputsOf(one));
      const unresolved = inputsOf(one).filter(
        (input) =>
          input.version > state.vBase &&
          (input.kind === 'poison' ||
            (input.kind === 'gap' && input.change !== 'delete') ||
            (input.kind === 'update' && input.diffed.length > 0)),
      );
      expect(state.gapSince === null).toBe(unresolved.length === 0);
      for (const { modifiedAt } of unresolved)
        expect((state.gapSince ?? '') <= (modifiedAt ?? '')).toBe(true);
    });
  });

  it('2: the sparse form says what one version per leaf would say, and vMax bounds every version', () => {
    check((one) => {
      const state = merged(one, inputsOf(one));
      const plain = new PlainRegisters(inputsOf(one), one.history.revisions, FORMULA);
      for (const leaf of new Set(wideLimits.schemas.flat())) {
        const known = plain.leaves.get(leaf);
        expect(versionOfLeaf(state, leaf, one.history.revisions)).toBe(known?.version ?? '');
        expect(state.leaves[leaf] ?? null).toBe(known?.value ?? null);
      }
      expect(state.leaves[FORMULA] ?? null).toBe(plain.formula);
      expect(state).toMatchObject({
        alive: plain.alive,
        vAlive: plain.vAlive,
        vRead: plain.vRead,
        vGap: plain.vGap,
        vMax: plain.vMax,
      });
      const versions = [state.vBase, state.vRead, state.vAlive, state.vGap, ...Object.values(state.vFields)];
      for (const version of versions) expect(version <= state.vMax).toBe(true);
      // No entry repeats what the base says already: the form is unique.
      const based = one.history.revisions(state.schemaRev);
      for (const [leaf, version] of Object.entries(state.vFields)) {
        expect(!based.has(leaf) || version > state.vBase).toBe(true);
      }
    });
  });

  it('4: no version ever decreases, step by step', () => {
    const leaves = [...new Set(wideLimits.schemas.flat())];
    check((one) => {
      const versions = (state: RecordState): string[] => [
        ...leaves.map((leaf) => versionOfLeaf(state, leaf, one.history.revisions)),
        state.vRead,
        state.vAlive,
        state.vGap,
        state.vMax,
      ];
      let state: RecordState | undefined;
      for (const input of inputsOf(one)) {
        const before = state === undefined ? [] : versions(state);
        state = merge(state, input, one.history.revisions);
        const after = versions(state);
        expect(before.filter((version, i) => version > (after[i] ?? ''))).toEqual([]);
      }
    });
  });

  it('6: dirty exactly while a gap lies above the newest full image; a read below it never resolves it', () => {
    check((one) => {
      const state = merged(one, inputsOf(one));
      const plain = new PlainRegisters(inputsOf(one), one.history.revisions, FORMULA);
      expect(isDirty(state)).toBe(plain.alive && plain.vGap > plain.base.version);
    });
  });
});

describe('a read of some leaves', () => {
  it('merges those, and leaves the others and the read-only group alone', () => {
    const small = arbitraryCase(smallLimits).filter(({ told }) => told.length > 0);
    fc.assert(
      fc.property(small, fc.subarray(['A', 'B', 'C']), (one, listed) => {
        const state = merged(one, inputsOf(one));
        const version = `${'7'.repeat(32)}0001${'0'.repeat(16)}` as RecordState['vMax'];
        const next = merge(
          state,
          {
            kind: 'read',
            object: state.object,
            recordId: state.recordId,
            version,
            modifiedAt: null,
            image: { listed },
            leaves: { A: 'read A', B: 'read B' },
            readOnly: null,
            readAt: '2026-01-01T00:00:00.000Z',
          },
          one.history.revisions,
        );
        const read: Record<string, string | null> = { A: 'read A', B: 'read B', C: null };
        for (const leaf of ['A', 'B', 'C']) {
          expect(next.leaves[leaf] ?? null).toBe(
            listed.includes(leaf) ? read[leaf] : (state.leaves[leaf] ?? null),
          );
        }
        expect(next.leaves[FORMULA]).toBe(state.leaves[FORMULA]);
        expect([next.vRead, next.vBase, next.alive]).toEqual([state.vRead, state.vBase, true]);
      }),
    );
  });
});
