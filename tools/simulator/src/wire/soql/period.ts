import { malformedQuery } from '../http/api-error.ts';

/**
 * SOQL's relative dates (`TODAY`, `LAST_N_DAYS:7`, `THIS_FISCAL_QUARTER`) as half-open spans of days. The simulated
 * user lives in UTC, weeks begin on Sunday, and the fiscal year is the calendar year, Salesforce's defaults.
 */
export interface Period {
  /** First day of the span, midnight UTC, epoch milliseconds. */
  readonly from: number;
  /** The day after the last one. */
  readonly to: number;
}

type Unit = 'DAY' | 'WEEK' | 'MONTH' | 'QUARTER' | 'YEAR';

/** The start of the unit that holds `now`, moved by `shift` units. */
function start(unit: Unit, now: Date, shift: number): number {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  switch (unit) {
    case 'DAY':
      return Date.UTC(year, month, day + shift);
    case 'WEEK':
      return Date.UTC(year, month, day - now.getUTCDay() + 7 * shift);
    case 'MONTH':
      return Date.UTC(year, month + shift, 1);
    case 'QUARTER':
      return Date.UTC(year, month - (month % 3) + 3 * shift, 1);
    case 'YEAR':
      return Date.UTC(year + shift, 0, 1);
  }
}

const units: Readonly<Record<string, Unit>> = {
  DAY: 'DAY',
  WEEK: 'WEEK',
  MONTH: 'MONTH',
  QUARTER: 'QUARTER',
  YEAR: 'YEAR',
};

/**
 * @param now the org's clock, epoch milliseconds
 * @throws ApiError `MALFORMED_QUERY` for a name that is no relative date
 */
export function periodFrom(name: string, n: number | undefined, now: number): Period {
  const today = new Date(now);
  const span = (unit: Unit, first: number, end: number): Period => ({
    from: start(unit, today, first),
    to: start(unit, today, end),
  });
  const days: Readonly<Record<string, () => Period>> = {
    YESTERDAY: () => span('DAY', -1, 0),
    TODAY: () => span('DAY', 0, 1),
    TOMORROW: () => span('DAY', 1, 2),
    LAST_90_DAYS: () => span('DAY', -90, 1),
    NEXT_90_DAYS: () => span('DAY', 1, 91),
  };
  const fixed = days[name];
  if (fixed !== undefined) return fixed();
  const plain = name.replace('FISCAL_', '');
  const single = /^(LAST|THIS|NEXT)_(WEEK|MONTH|QUARTER|YEAR)$/u.exec(plain);
  const unitOf = (word: string | undefined): Unit => units[word ?? ''] ?? 'DAY';
  if (single !== null && n === undefined) {
    const shift = single[1] === 'LAST' ? -1 : single[1] === 'NEXT' ? 1 : 0;
    return span(unitOf(single[2]), shift, shift + 1);
  }
  const ago = /^N_(DAY|WEEK|MONTH|QUARTER|YEAR)S_AGO$/u.exec(plain);
  if (ago !== null && n !== undefined) return span(unitOf(ago[1]), -n, 1 - n);
  const counted = /^(LAST|NEXT)_N_(DAY|WEEK|MONTH|QUARTER|YEAR)S$/u.exec(plain);
  if (counted !== null && n !== undefined)
    return countedPeriod(unitOf(counted[2]), counted[1] === 'NEXT', n, span);
  throw malformedQuery(`unexpected token: '${name}'`);
}

/** Of the counted spans only `LAST_N_DAYS` includes the unit of today. */
function countedPeriod(
  unit: Unit,
  forward: boolean,
  n: number,
  span: (unit: Unit, first: number, end: number) => Period,
): Period {
  if (forward) return span(unit, 1, n + 1);
  return unit === 'DAY' ? span('DAY', -n, 1) : span(unit, -n, 0);
}
