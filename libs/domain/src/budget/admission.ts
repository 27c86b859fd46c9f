/**
 * The daily budget: which call may be sent now. A decision from facts alone, without clock and without I/O.
 *
 * Promises, for facts that are true:
 * - Our calls of any 24 hours stay within our share, and within what the org's other clients leave over.
 * - A class that asks for no more than its reserve, spread over the day, is served whatever the classes below it do.
 * - What a class leaves of its reserve flows down: a lower class may use it if the calls are back in time, since a call
 *   leaves the rolling day 24 hours after it was made.
 * - If a class is served, so is every class above it.
 *
 * Fails open while the org's allocation is unknown, which lasts until the first answer.
 */
import type { RequestClass } from '../ports/salesforce-source.ts';
import { hourMs, hoursCounted, requestClasses, reservePercent, type HourCalls } from './request-class.ts';

export interface BudgetFacts {
  readonly now: Date;
  /** `SF_API_DAILY_SHARE_PERCENT` */
  readonly sharePercent: number;
  /** Calls of all clients of the org in the last 24 hours, ours since it was told included; null before any answer. */
  readonly org: { readonly used: number; readonly limit: number } | null;
  /** Calls of this product, all processes. Hours before the last 25 do not count. */
  readonly own: readonly HourCalls[];
  /** When the org has no calls left: from then on one call may find out whether that still holds. */
  readonly probeAt: Date | null;
}

/** `share`: our share is used up. `reserve`: what is left of it is reserved for classes above. `org`: the org has none left. */
export type RefusalCause = 'share' | 'reserve' | 'org';

export type Admission =
  | { readonly admitted: true; readonly probe: boolean }
  | { readonly admitted: false; readonly cause: RefusalCause; readonly retryAt: Date };

export interface BudgetView {
  /** What we may use in 24 hours: our share, or what the other clients leave of the allocation if that is less. */
  readonly share: number;
  readonly used: number;
  readonly usedByClass: Readonly<Record<RequestClass, number>>;
  /** Calls that may be made now, by the highest class. */
  readonly left: number;
  /** Calls that the org as a whole has left, a margin kept back. */
  readonly orgLeft: number;
}

/** Calls of others arrive between two answers of Salesforce; this part of the allocation is kept for that. */
const marginOfLimit = 0.001;

/** @returns null while the allocation is unknown */
export function budgetView(facts: BudgetFacts): BudgetView | null {
  return facts.org === null ? null : viewOf(facts, facts.org, countOwn(facts));
}

function viewOf(
  facts: BudgetFacts,
  { limit, used: orgUsed }: NonNullable<BudgetFacts['org']>,
  ledger: OwnCount,
): BudgetView {
  const orgLeft = limit - orgUsed - Math.floor(limit * marginOfLimit);
  // What our own count has too much (it spans up to 25 hours) must not look like calls of others.
  const left = Math.min(Math.floor((limit * facts.sharePercent) / 100) - ledger.used, orgLeft);
  return {
    share: Math.max(0, left + ledger.used),
    used: ledger.used,
    usedByClass: ledger.usedByClass,
    left: Math.max(0, left),
    orgLeft: Math.max(0, orgLeft),
  };
}

/** Whether a call of this class may be sent now. */
export function admitCall(facts: BudgetFacts, requestClass: RequestClass): Admission {
  if (facts.org === null) return { admitted: true, probe: false };
  const ledger = countOwn(facts);
  const view = viewOf(facts, facts.org, ledger);
  if (view.orgLeft < 1) {
    const probeAt = facts.probeAt ?? facts.now;
    return facts.now < probeAt
      ? { admitted: false, cause: 'org', retryAt: probeAt }
      : { admitted: true, probe: true };
  }
  if (!isShort(view, ledger, requestClass)) return { admitted: true, probe: false };
  return {
    admitted: false,
    cause: view.left < 1 ? 'share' : 'reserve',
    retryAt: reliefAt(facts.now, ledger),
  };
}

interface OwnCount {
  readonly used: number;
  readonly usedByClass: Readonly<Record<RequestClass, number>>;
  /** Calls that have left the rolling day after so many hours from now, for 0 to 24. */
  readonly gone: readonly {
    readonly all: number;
    readonly byClass: Readonly<Record<RequestClass, number>>;
  }[];
}

const none: Readonly<Record<RequestClass, number>> = {
  quote: 0,
  eligibility: 0,
  gap: 0,
  catalogue: 0,
  delta: 0,
  backfill: 0,
};

function countOwn({ now, own }: BudgetFacts): OwnCount {
  const hour = Math.floor(now.getTime() / hourMs);
  const byHour = new Map(own.map((entry) => [entry.hour, entry.calls]));
  const gone: OwnCount['gone'][number][] = [{ all: 0, byClass: none }];
  const sum = { ...none };
  let all = 0;
  for (let ago = hoursCounted - 1; ago >= 0; ago--) {
    const calls = byHour.get(hour - ago) ?? {};
    for (const name of requestClasses) {
      sum[name] += calls[name] ?? 0;
      all += calls[name] ?? 0;
    }
    if (ago > 0) gone.push({ all, byClass: { ...sum } });
  }
  return { used: all, usedByClass: sum, gone };
}

/**
 * Whether in one of the coming 24 hours this call would be missing to a class above. A class above is owed its reserve
 * at an even pace, one hour ahead, as far as it has not used it.
 */
function isShort(view: BudgetView, ledger: OwnCount, requestClass: RequestClass): boolean {
  const above = requestClasses
    .slice(0, requestClasses.indexOf(requestClass))
    .map((name) => ({ name, reserve: (view.share * reservePercent[name]) / 100 }));
  return ledger.gone.some(({ all, byClass }, ahead) => {
    let owed = 0;
    for (const { name, reserve } of above) {
      const unused = reserve - (ledger.usedByClass[name] - byClass[name]);
      owed += Math.max(0, Math.min(unused, (reserve * (ahead + 2)) / hoursCounted));
    }
    return view.left + all - owed < 1;
  });
}

/** Our count is kept by the hour, so calls come back on the hour: the first at which any do, or the next one. */
function reliefAt(now: Date, { gone }: OwnCount): Date {
  const hour = Math.floor(now.getTime() / hourMs);
  const first = gone.findIndex(({ all }) => all > 0);
  return new Date((hour + (first < 1 ? 1 : first)) * hourMs);
}
