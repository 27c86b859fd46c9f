import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Expression } from './ast.ts';
import { parseSoql } from './parse.ts';
import { rowTest } from './predicate.ts';

/** A formula over the letters a to d, whose values are the bits of a row number. */
type Formula =
  | { readonly letter: number }
  | { readonly not: Formula }
  | { readonly join: 'AND' | 'OR'; readonly terms: readonly Formula[] };

const { formula } = fc.letrec<{ formula: Formula }>((tie) => ({
  formula: fc.oneof(
    { depthSize: 'small' },
    fc.record({ letter: fc.integer({ min: 0, max: 3 }) }),
    fc.record({ not: tie('formula') }),
    fc.record({
      join: fc.constantFrom('AND' as const, 'OR' as const),
      terms: fc.array(tie('formula'), { minLength: 2, maxLength: 4 }),
    }),
  ),
}));

function written(one: Formula): string {
  if ('letter' in one) return `${'abcd'.charAt(one.letter)} = 1`;
  if ('not' in one) return `(NOT (${written(one.not)}))`;
  return one.terms
    .map((term) => ('letter' in term ? written(term) : `(${written(term)})`))
    .join(` ${one.join} `);
}

function holds(one: Formula, row: number): boolean {
  if ('letter' in one) return (row & (1 << one.letter)) !== 0;
  if ('not' in one) return !holds(one.not, row);
  return one.join === 'AND'
    ? one.terms.every((term) => holds(term, row))
    : one.terms.some((term) => holds(term, row));
}

const compiled = (where: Expression): ((row: number) => boolean) =>
  rowTest(where, {
    reader: (operand) => {
      const letter = 'abcd'.indexOf(operand.kind === 'path' ? operand.path : '');
      return { name: 'letter', kind: 'number', isMultiSelect: false, read: (row) => (row >> letter) & 1 };
    },
    innerValues: new Map(),
    now: 0,
  });

describe('a WHERE clause', () => {
  it('means what it says, however its parentheses are nested', () => {
    fc.assert(
      fc.property(formula, (one) => {
        const text = `SELECT Id FROM Account WHERE ${written(one)}`;
        if (/(?:NOT \(+){3}/u.test(text)) {
          expect(() => parseSoql(text)).toThrow('three NOT in a row');
          return;
        }
        const { where } = parseSoql(text);
        if (where === undefined) throw new Error('lost its clause');
        const test = compiled(where);
        for (let row = 0; row < 16; row++) expect(test(row)).toBe(holds(one, row));
      }),
      { numRuns: 300 },
    );
  });
});
