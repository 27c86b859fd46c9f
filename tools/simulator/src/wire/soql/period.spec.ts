import { describe, expect, it } from '@jest/globals';
import { periodFrom } from './period.ts';

/** A Thursday. */
const NOW = Date.parse('2024-02-29T13:45:00Z');

const day = (at: number): string => new Date(at).toISOString().slice(0, 10);

describe('relative dates', () => {
  it.each([
    ['TODAY', undefined, '2024-02-29', '2024-03-01'],
    ['YESTERDAY', undefined, '2024-02-28', '2024-02-29'],
    ['TOMORROW', undefined, '2024-03-01', '2024-03-02'],
    ['LAST_WEEK', undefined, '2024-02-18', '2024-02-25'],
    ['THIS_WEEK', undefined, '2024-02-25', '2024-03-03'],
    ['NEXT_WEEK', undefined, '2024-03-03', '2024-03-10'],
    ['LAST_MONTH', undefined, '2024-01-01', '2024-02-01'],
    ['THIS_MONTH', undefined, '2024-02-01', '2024-03-01'],
    ['THIS_QUARTER', undefined, '2024-01-01', '2024-04-01'],
    ['LAST_FISCAL_QUARTER', undefined, '2023-10-01', '2024-01-01'],
    ['NEXT_YEAR', undefined, '2025-01-01', '2026-01-01'],
    ['THIS_FISCAL_YEAR', undefined, '2024-01-01', '2025-01-01'],
    ['LAST_90_DAYS', undefined, '2023-12-01', '2024-03-01'],
    ['NEXT_90_DAYS', undefined, '2024-03-01', '2024-05-30'],
    ['LAST_N_DAYS', 3, '2024-02-26', '2024-03-01'],
    ['NEXT_N_DAYS', 2, '2024-03-01', '2024-03-03'],
    ['N_DAYS_AGO', 2, '2024-02-27', '2024-02-28'],
    ['LAST_N_WEEKS', 1, '2024-02-18', '2024-02-25'],
    ['LAST_N_MONTHS', 2, '2023-12-01', '2024-02-01'],
    ['N_MONTHS_AGO', 1, '2024-01-01', '2024-02-01'],
    ['LAST_N_YEARS', 1, '2023-01-01', '2024-01-01'],
    ['LAST_N_FISCAL_QUARTERS', 1, '2023-10-01', '2024-01-01'],
  ])('%s %s', (name, n, from, to) => {
    const period = periodFrom(name, n, NOW);
    expect([day(period.from), day(period.to)]).toEqual([from, to]);
  });

  it('refuses a name without its number, and the other way round', () => {
    expect(() => periodFrom('LAST_N_DAYS', undefined, NOW)).toThrow('unexpected token');
    expect(() => periodFrom('SOME_DAY', undefined, NOW)).toThrow('unexpected token');
  });
});
