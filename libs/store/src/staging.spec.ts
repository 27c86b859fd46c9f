import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { copyLine, rowOfCopyLine } from './staging.ts';

/** COPY's text format read back, as PostgreSQL's manual describes it. */
function readLine(line: string): (string | null)[] {
  const meaning: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', '\\': '\\' };
  return line
    .slice(0, -1)
    .split('\t')
    .map((cell) => (cell === '\\N' ? null : cell.replaceAll(/\\(.)/gsu, (_, c: string) => meaning[c] ?? c)));
}

const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));

describe('copyLine', () => {
  it('keeps every value, whatever characters it has, in one line', () => {
    fc.assert(
      fc.property(
        fc.record({
          payload: fc
            .dictionary(text, fc.oneof(text, fc.integer(), fc.boolean()))
            .map((o) => JSON.stringify(o)),
          a: fc.option(fc.oneof(text, fc.constantFrom('\\N', '\\.', 'NULL', ''))),
          b: fc.option(fc.boolean()),
          alive: fc.boolean(),
          srcModifiedAt: fc.option(fc.constant('2026-01-01T00:00:00.000Z')),
        }),
        ({ payload, a, b, alive, srcModifiedAt }) => {
          const row = { recordId: '001', alive, payload, columns: { a, b }, srcModifiedAt };
          const line = copyLine(row, ['a', 'b']);
          expect(line.indexOf('\n')).toBe(line.length - 1);
          const flag = (value: boolean | null) => (value === null ? null : value ? 't' : 'f');
          expect(readLine(line)).toEqual(['001', flag(alive), 't', payload, srcModifiedAt, a, flag(b)]);
          expect(rowOfCopyLine(line)).toEqual({ recordId: '001', alive, payload, srcModifiedAt });
        },
      ),
    );
  });

  it('takes no other line for one of its own', () => {
    expect(() => rowOfCopyLine('001\t1\t2026-01-01T00:00:00.000Z\t{}\n')).toThrow(RangeError);
  });

  it('says that a row without columns does not fit', () => {
    const row = { recordId: '001', alive: true, payload: '{}', columns: null, srcModifiedAt: null };
    expect(copyLine(row, ['a', 'b'])).toBe('001\tt\tf\t{}\t\\N\t\\N\t\\N\n');
  });
});
