import { describe, expect, it } from '@jest/globals';
import { asOfWith } from './dirty-rows.ts';

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 12, 0, second));

describe('what an answer may claim', () => {
  it('is the coverage while its rows are clean', () => {
    expect(asOfWith(at(30), [])).toEqual(at(30));
    expect(asOfWith(at(30), [{}, {}])).toEqual(at(30));
  });

  it('ends a second before the oldest gap among them', () => {
    expect(asOfWith(at(30), [{}, { gapSince: at(20) }, { gapSince: at(25) }])).toEqual(at(19));
  });

  it('is not lifted by a gap that came after the coverage', () => {
    expect(asOfWith(at(30), [{ gapSince: at(40) }])).toEqual(at(30));
  });
});
