import { describe, expect, it } from '@jest/globals';
import type { SfValue } from '../../org/record.ts';
import { sortRows } from './row-order.ts';

const key = (values: readonly SfValue[], options: { descending?: boolean; nullsLast?: boolean } = {}) => ({
  read: (row: number): SfValue => values[row] ?? null,
  descending: options.descending ?? false,
  nullsLast: options.nullsLast ?? false,
});

const names: SfValue[] = ['beta', null, 'Alpha', 'gamma', null, 'ALPHA'];
const rows = names.map((_, row) => row);

describe('ORDER BY', () => {
  it('ignores case, puts nulls first and keeps Id order among equals', async () => {
    expect(await sortRows(rows, [key(names)], Infinity)).toEqual([1, 4, 2, 5, 0, 3]);
  });

  it('keeps nulls first when descending, unless told otherwise', async () => {
    expect(await sortRows(rows, [key(names, { descending: true })], Infinity)).toEqual([1, 4, 3, 0, 2, 5]);
    expect(await sortRows(rows, [key(names, { nullsLast: true })], Infinity)).toEqual([2, 5, 0, 3, 1, 4]);
  });

  it('sorts by further keys', async () => {
    const prices: SfValue[] = [1, 2, 9, 3, 1, 4];
    expect(await sortRows(rows, [key(names), key(prices)], Infinity)).toEqual([4, 1, 5, 2, 0, 3]);
  });

  it.each([10, 20_000, Infinity])('is the same over many runs, keeping %p', async (keep) => {
    const values = Array.from({ length: 60_000 }, (_, i) => (i * 7919) % 60_013);
    const all = values.map((_, row) => row);
    const expected = [...all].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0)).slice(0, keep);
    expect(await sortRows(all, [key(values)], keep)).toEqual(expected);
  });
});
