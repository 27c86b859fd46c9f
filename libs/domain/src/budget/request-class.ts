import type { RequestClass } from '../ports/salesforce-source.ts';

/**
 * Whom a call to Salesforce serves. When calls run short, the classes give way from the end of this list: a quote is
 * served last of all, a backfill waits first. Each has a reserve, in percent of our share; together they make 100.
 */
export const requestClasses = ['quote', 'eligibility', 'gap', 'catalogue', 'delta', 'backfill'] as const;

export const reservePercent: Readonly<Record<RequestClass, number>> = {
  quote: 10,
  eligibility: 25,
  gap: 15,
  catalogue: 20,
  delta: 20,
  backfill: 10,
};

/** Calls by class; a class without calls may be left out. */
export type ClassCalls = Readonly<Partial<Record<RequestClass, number>>>;

/** Our calls that began in one hour. */
export interface HourCalls {
  /** Whole hours since 1970-01-01 UTC. */
  readonly hour: number;
  readonly calls: ClassCalls;
}

export const hourMs = 3_600_000;
/** The current hour and the 24 before it: never less than the rolling day that Salesforce counts. */
export const hoursCounted = 25;

/** The larger of both counts for every hour and class: a count that was lost somewhere does not become free. */
export function largerCalls(one: readonly HourCalls[], other: readonly HourCalls[]): HourCalls[] {
  const hours = Map.groupBy([...one, ...other], ({ hour }) => hour);
  return [...hours].map(([hour, entries]) => {
    const calls: Partial<Record<RequestClass, number>> = {};
    for (const entry of entries)
      for (const name of requestClasses) {
        const count = entry.calls[name] ?? 0;
        if (count > (calls[name] ?? 0)) calls[name] = count;
      }
    return { hour, calls };
  });
}
