import { describe, expect, it } from '@jest/globals';
import type { CoverageInterval, Hole, HoleCause } from '../ports/coverage-ledger.ts';
import { deltaProvesFrom, deltaStart } from './longest-transaction.ts';
import { planRead, readThrough } from './plan-read.ts';

const at = (hour: number): Date => new Date(Date.UTC(2026, 2, 1, hour));

function hole(cause: HoleCause, from: Date, scope: Hole['scope'] = 'object'): Hole {
  const open = { id: 1n, openedAt: from, version: null, closedAt: null, closedBy: null };
  return { ...open, object: 'Account', scope, recordId: null, cause, from };
}

function interval(via: CoverageInterval['via'], from: Date | null, to: Date, epoch = 0): CoverageInterval {
  return { object: 'Account', facet: 'rows', from, to, via, epoch, runId: null };
}

describe('planRead', () => {
  it.each([
    ['nothing for a silence', 'stream-silent', { kind: 'none' }],
    ['a full read for another numbering', 'epoch-raised', { kind: 'full' }],
    ['a full read for a conversion', 'wildcard', { kind: 'full' }],
    ['a full read for a new column', 'schema-changed', { kind: 'full' }],
    ['a delta for a position moved by hand', 'operator-skip', { kind: 'delta', provenUntil: at(10) }],
    ['a delta for what cannot be read', 'undecodable', { kind: 'delta', provenUntil: at(10) }],
    ['an hour more for an overflow', 'overflow', { kind: 'delta', provenUntil: at(9) }],
    [
      'what reads have proven, for a refused position',
      'replay-rejected',
      { kind: 'delta', provenUntil: at(2) },
    ],
  ] as const)('asks for %s', (_what, cause, expected) => {
    expect(planRead([hole(cause, at(10))], at(2))).toEqual(expected);
  });

  it('asks for a full read when one hole wants it, or when nothing is proven yet', () => {
    expect(planRead([hole('overflow', at(9)), hole('wildcard', at(10))], at(2))).toEqual({ kind: 'full' });
    expect(planRead([hole('overflow', at(9))], undefined)).toEqual({ kind: 'full' });
  });

  it('leaves a silence to the stream only where the stream still reaches it', () => {
    const silence = hole('stream-silent', at(10));
    expect(planRead([silence], at(2), at(10))).toEqual({ kind: 'none' });
    expect(planRead([silence], at(2), at(11))).toEqual({ kind: 'delta', provenUntil: at(2) });
    expect(planRead([silence], undefined, at(11))).toEqual({ kind: 'full' });
  });

  it('begins at the earliest of several holes, and leaves records to reads of their own', () => {
    const holes = [hole('overflow', at(10)), hole('undecodable', at(7)), hole('poison', at(1), 'record')];
    expect(planRead(holes, at(2))).toEqual({ kind: 'delta', provenUntil: at(7) });
    expect(planRead([hole('poison', at(1), 'record')], at(2))).toEqual({ kind: 'none' });
  });
});

describe('readThrough', () => {
  it('follows the chain of reads and leaves the stream out', () => {
    const chain = [
      interval('backfill', null, at(1)),
      interval('delta', at(1), at(3)),
      interval('stream', at(0), at(9)),
    ];
    expect(readThrough(chain)).toEqual(at(3));
    expect(readThrough([interval('backfill', null, at(1)), interval('delta', at(2), at(3))])).toEqual(at(1));
    expect(readThrough([interval('stream', null, at(9))])).toBeUndefined();
  });

  it('takes the newest epoch that reads have proven from the beginning', () => {
    const old = [interval('backfill', null, at(5), 0), interval('delta', at(5), at(6), 1)];
    expect(readThrough(old)).toEqual(at(5));
    expect(readThrough([...old, interval('reconcile', null, at(4), 1)])).toEqual(at(4));
  });
});

describe('the window of a delta', () => {
  it('proves again exactly what it was begun for', () => {
    expect(deltaProvesFrom(deltaStart(at(3)))).toEqual(at(3));
    expect(deltaStart(at(3)).getTime()).toBe(at(3).getTime() - 600_000);
  });
});
