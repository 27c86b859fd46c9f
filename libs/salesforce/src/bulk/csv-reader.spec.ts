import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { CsvReader, type CsvRow } from './csv-reader.ts';

/** Reads a text that arrives in pieces of these sizes, the last size repeated. */
function readInPieces(text: string, sizes: readonly number[]): { rows: CsvRow[]; unfinished: boolean } {
  const reader = new CsvReader();
  const rows: CsvRow[] = [];
  for (let at = 0, piece = 0; at < text.length; piece++) {
    const size = sizes[Math.min(piece, sizes.length - 1)] ?? 1;
    rows.push(...reader.push(text.slice(at, at + size)));
    at += size;
  }
  return { rows, unfinished: reader.unfinished };
}

const cell = fc.oneof(
  fc.constantFrom('', '"', '""', ',', '\n', '\r\n', 'a"b', '=1+1', "O'Neil", '東京', '👩‍👩‍👧', ' x ', 'null'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);

function written(rows: readonly (readonly string[])[], lineEnd: string, quoteAll: boolean): string {
  const quote = (text: string): string =>
    quoteAll || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return rows.map((row) => row.map(quote).join(',') + lineEnd).join('');
}

describe('CsvReader', () => {
  it('reads what csv-parse reads, however the text is cut into pieces', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 5 }).chain((width) =>
          fc.record({
            rows: fc.array(fc.array(cell, { minLength: width, maxLength: width }), {
              minLength: 1,
              maxLength: 8,
            }),
            lineEnd: fc.constantFrom('\n', '\r\n'),
            quoteAll: fc.boolean(),
            sizes: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }),
          }),
        ),
        ({ rows, lineEnd, quoteAll, sizes }) => {
          const text = written(rows, lineEnd, quoteAll);
          const read = readInPieces(text, sizes);
          expect(read).toEqual({ rows, unfinished: false });
          expect(read.rows).toEqual(parse(text, { recordDelimiter: lineEnd, skipEmptyLines: false }));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('a cut text never yields a row that the whole text does not have', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 6 }),
        fc.nat(),
        (rows, seed) => {
          const text = written(rows, '\n', true);
          const cut = seed % text.length;
          const read = readInPieces(text.slice(0, cut), [7]);
          expect(rows.slice(0, read.rows.length)).toEqual(read.rows);
          expect(read.unfinished || read.rows.length < rows.length).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ['text after a closing quote', '"a","b"\n"1"x,"2"\n'],
    ['a space after a closing quote', '"a","b"\n"1" ,"2"\n'],
    ['a quote within bare text', 'a,b\n1"2,3\n'],
    ['a narrower row', '"a","b"\n"1"\n'],
    ['a wider row', '"a","b"\n"1","2","3"\n'],
    ['an empty line', '"a","b"\n\n'],
    ['a lone carriage return', '"a","b"\r"1","2"\n'],
  ])('%s is an error', (_what, text) => {
    expect(() => readInPieces(text, [64])).toThrow(expect.objectContaining({ code: 'SF_RESPONSE_INVALID' }));
  });

  it('sec-22: a cell without end is given up before it fills memory', () => {
    const reader = new CsvReader();
    reader.push('"a","b"\n"1","');
    const endless = (): void => {
      for (let piece = 0; piece < 100; piece++) reader.push('x'.repeat(131_072));
    };
    expect(endless).toThrow(expect.objectContaining({ code: 'SF_RESPONSE_INVALID' }));
  });

  it('sec-22: a cell larger than any field is refused', () => {
    const text = `"a","b"\n"1","${'x'.repeat(1_100_000)}"\n`;
    expect(() => readInPieces(text, [text.length])).toThrow(
      expect.objectContaining({ code: 'SF_RESPONSE_INVALID' }),
    );
  });

  it('keeps the longest field that Salesforce has', () => {
    const long = '"'.repeat(131_072);
    const { rows } = readInPieces(written([['a'], [long]], '\n', true), [65_536]);
    expect(rows[1]?.[0]).toBe(long);
  });
});
