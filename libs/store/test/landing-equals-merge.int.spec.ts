import { describe, expect, it } from '@jest/globals';
import { merge, NO_VERSION, type Leaves, type RecordState, type RowRead, type Version } from '@umbra/domain';
import { recordId } from '@umbra/testing';
import fc from 'fast-check';
import { build, collect, facts, inMain, readAt, stamp, staged } from './records.ts';
import { withStore } from './with-store.ts';

const revisions = new Map([
  [0, new Set<string>()],
  [1, new Set(['Name', 'Internet_Eligibility__c'])],
  [2, new Set(['Name', 'Internet_Eligibility__c', 'Later__c'])],
]);
const stored = [...(revisions.get(1) ?? [])];
const readOnly = ['Id', 'SystemModstamp', 'Formula__c'];
const STAMP = stamp(5);

const version = fc.constantFrom(stamp(1), stamp(2), stamp(4), stamp(5), stamp(6));
const perhaps = fc.constantFrom<Version>(NO_VERSION, stamp(2), stamp(4), stamp(6));

/** What may be known of a record before the page, in every relation to its stamp. */
const history = fc.record({
  vBase: version,
  schemaRev: fc.constantFrom(1, 1, 1, 0, 2),
  vFields: fc.dictionary(fc.constantFrom('Name', 'Later__c'), version, { maxKeys: 2 }),
  vRead: perhaps,
  vAlive: version,
  vGap: perhaps,
  leaves: fc.dictionary(
    fc.constantFrom('Name', 'Later__c', 'Formula__c', 'Internet_Eligibility__c'),
    fc.string({ minLength: 1, maxLength: 3, unit: 'binary' }).filter((text) => !text.includes('\0')),
    { maxKeys: 4 },
  ),
});

const reading = fc.record({
  known: fc.option(history, { nil: undefined, freq: 4 }),
  name: fc.constantFrom('n', null),
  formula: fc.constantFrom('f', null),
});

describe('landing a page', () => {
  it('gives every record the state that merging the read would, or leaves it alone', () =>
    withStore(async ({ store }) => {
      await fc.assert(
        fc.asyncProperty(fc.array(reading, { minLength: 50, maxLength: 100 }), async (cases) => {
          const drawn = first;
          first += cases.length;
          await checkPage(store.shadow, cases, drawn);
        }),
        { numRuns: 40, endOnFailure: true },
      );
    }));
});

/** No two pages share a record: what one left behind is no business of the next. */
let first = 0;

type Reading = typeof reading extends fc.Arbitrary<infer T> ? T : never;

async function checkPage(
  shadow: Parameters<Parameters<typeof withStore>[0]>[0]['store']['shadow'],
  cases: readonly Reading[],
  offset: number,
): Promise<void> {
  const all = cases.map((one, index) => ({ ...one, ...recordsOf(one, recordId('001', offset + index)) }));
  const known = all.flatMap(({ before }) => (before === undefined ? [] : [before]));
  await shadow.transaction((tx) =>
    tx.write(known.map((state) => inMain('Account', build.Account(), STAMP, state))),
  );
  const page = facts('Account', STAMP, { leaves: stored });
  const left = await shadow.transaction(async (tx) => {
    await tx.stage(page, [all.map(({ leaves }) => staged('Account', leaves))]);
    const landing = await tx.landStaged(page);
    return new Set((await collect(landing.left)).map((row) => row.recordId));
  });
  const after = await shadow.peek(
    'Account',
    all.map(({ id }) => id),
  );
  for (const { id, before, read } of all) {
    const merged = merge(before, read, (revision) => revisions.get(revision) ?? new Set());
    expect(after.get(id)?.state).toEqual(left.has(id) ? before : merged);
  }
}

function recordsOf({ known, name, formula }: Reading, id: string) {
  const leaves: Leaves = {
    ...build.Account({ Id: id, Name: name, SystemModstamp: '2026-02-01T00:00:00.000Z' }),
    Formula__c: formula,
  };
  const present = Object.fromEntries(Object.entries(leaves).filter(([, value]) => value !== null));
  const read: RowRead = {
    kind: 'read',
    object: 'Account',
    recordId: id,
    version: STAMP,
    modifiedAt: '2026-02-01T00:00:00.000Z',
    image: { revision: 1 },
    leaves: present,
    readOnly: [...new Set([...readOnly, ...Object.keys(leaves)])].filter((leaf) => !stored.includes(leaf)),
    readAt,
  };
  return { id, leaves, read, before: known === undefined ? undefined : stateOf(known, id) };
}

/** A state that merges could have led to: `vMax` is above everything, an unresolved gap has its time. */
function stateOf(known: NonNullable<Reading['known']>, id: string): RecordState {
  const versions = [known.vBase, known.vRead, known.vAlive, known.vGap, ...Object.values(known.vFields)];
  return {
    ...known,
    object: 'Account',
    recordId: id,
    alive: true,
    readAt: known.vRead === NO_VERSION ? null : '2026-01-05T00:00:00.000Z',
    gapSince: known.vGap > known.vBase ? '2026-01-01T00:00:00.000Z' : null,
    vMax: versions.reduce((highest, one) => (one > highest ? one : highest)),
    srcModifiedAt: '2026-01-02T00:00:00.000Z',
    masterId: null,
  };
}
