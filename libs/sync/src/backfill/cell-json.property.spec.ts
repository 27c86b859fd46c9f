import { describe, expect, it } from '@jest/globals';
import { canonicalLeaf, type LeafType } from '@umbra/domain';
import fc from 'fast-check';
import { cellJson, instantText } from './cell-json.ts';

const digits = fc.stringMatching(/^-?\d{1,20}(\.\d{0,20})?$/);
const near: Readonly<Record<LeafType, fc.Arbitrary<string>>> = {
  text: fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('a"b', 'c\\d', 'e\nf', 'g\u0000h', 'i\u2028j', '\ud800', '\udc00\ud800', '😀', '\u007f'),
  ),
  id: fc.oneof(
    fc.stringMatching(/^[0-9A-Za-z]{15}$/),
    fc.stringMatching(/^[0-9A-Za-z]{18}$/),
    fc.string({ minLength: 18, maxLength: 18 }),
  ),
  decimal: fc.oneof(
    digits,
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.constantFrom(
      '0',
      '-0',
      '0.0',
      '-0.00',
      '00.5',
      '007',
      '1e3',
      '1.50E-2',
      '.5',
      '5.',
      '149.50',
      '0.10',
      '-0.5',
      '100',
    ),
  ),
  integer: fc.oneof(
    fc.integer().map(String),
    fc.constantFrom('-0', '007', '7.0', '7.5', '99999999999999999'),
  ),
  boolean: fc.constantFrom('true', 'false', 'TRUE', 'False', '1'),
  datetime: fc.oneof(
    fc
      .date({ min: new Date('1700-01-01'), max: new Date('4000-12-31'), noInvalidDate: true })
      .map((d) => d.toISOString()),
    fc.stringMatching(/^20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d\.\d{3}Z$/),
    fc.constantFrom(
      '2024-02-30T00:00:00.000Z',
      '2024-02-29T24:00:00.000Z',
      '2024-01-15T10:30:00.000+0000',
      '2024-01-15T10:30:00Z',
      'soon',
    ),
  ),
  date: fc.oneof(
    fc.stringMatching(/^\d{4}-\d\d-\d\d$/),
    fc.constantFrom('2024-01-15T00:00:00.000Z', '"024-01-15', '2024-01-1'),
  ),
  time: fc.oneof(fc.stringMatching(/^\d\d:\d\d:\d\d\.\d{3}Z$/), fc.constantFrom('10:"0')),
};

/** What the slow way says; an error is a value here, so that both ways must refuse the same cells. */
function attempt(work: () => string): string {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) return 'refused';
    throw error;
  }
}

describe('a cell as JSON', () => {
  it.each(Object.keys(near) as LeafType[])(
    'of type %s is the canonical value, the fast way as the slow way',
    (type) => {
      fc.assert(
        fc.property(near[type], (cell) => {
          fc.pre(cell !== '');
          const fast = attempt(() => cellJson(type)(cell));
          const slow = attempt(() => {
            const value = canonicalLeaf(type, cell);
            return value === null ? '' : JSON.stringify(value);
          });
          expect(fast).toBe(slow);
          if (fast !== '' && fast !== 'refused') expect(JSON.parse(fast)).toBe(canonicalLeaf(type, cell));
        }),
        { numRuns: 2000 },
      );
    },
  );

  it('of an instant is its canonical text', () => {
    fc.assert(
      fc.property(near.datetime, (cell) => {
        expect(attempt(() => instantText(cell))).toBe(attempt(() => String(canonicalLeaf('datetime', cell))));
      }),
    );
  });
});
