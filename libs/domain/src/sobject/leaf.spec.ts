import { describe, expect, it } from '@jest/globals';
import { canonicalLeaf, leafTypeOf, type LeafType, type LeafValue } from './leaf.ts';

const cases: readonly [LeafType, string | number | boolean | null | undefined, LeafValue][] = [
  ['text', '', null],
  ['text', null, null],
  ['text', undefined, null],
  ['text', 'a\u0000b', 'ab'],
  ['text', '\u0000', null],
  ['text', 'half \ud800', 'half \ufffd'],
  ['text', ' kept as it is ', ' kept as it is '],
  ['decimal', '149.50', '149.5'],
  ['decimal', 149.5, '149.5'],
  ['decimal', '1.495e2', '149.5'],
  ['decimal', '-0.0', '0'],
  ['decimal', '00012', '12'],
  ['decimal', '0.10', '0.1'],
  ['decimal', '123456789012345678.90', '123456789012345678.9'],
  ['integer', '7', 7],
  ['integer', '7.0', 7],
  ['integer', '-0', 0],
  ['boolean', 'true', true],
  ['boolean', 'FALSE', false],
  ['boolean', false, false],
  ['datetime', '2024-01-15T10:30:00.000+0000', '2024-01-15T10:30:00.000Z'],
  ['datetime', '2024-01-15T12:30:00+02:00', '2024-01-15T10:30:00.000Z'],
  ['datetime', 1705314600000, '2024-01-15T10:30:00.000Z'],
  ['date', 1653955200000, '2022-05-31'],
  ['date', '2022-05-31', '2022-05-31'],
  ['time', 37800000, '10:30:00.000Z'],
  ['id', '001000000000001', '001000000000001AAA'],
  ['id', '001000000000001AAA', '001000000000001AAA'],
];

describe('the canonical form of a value', () => {
  it.each(cases)('%s %j is %j', (type, value, canonical) => {
    expect(canonicalLeaf(type, value)).toBe(canonical);
  });

  it.each<[LeafType, string | number]>([
    ['decimal', 'much'],
    ['decimal', Number.NaN],
    ['integer', '1e3'],
    ['integer', 'x'],
    ['integer', 1.5],
    ['boolean', 'yes'],
    ['datetime', 'yesterday'],
  ])('%s cannot be %j', (type, value) => {
    expect(() => canonicalLeaf(type, value)).toThrow(RangeError);
  });

  it('of an unknown describe type is text', () => {
    expect(leafTypeOf('multipicklist')).toBe('text');
    expect(leafTypeOf('percent')).toBe('decimal');
  });
});
