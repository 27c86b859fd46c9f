import type { UsageFacts } from './daily-usage.ts';

/**
 * The daily budget. Umbra uses at most its share of the org's allocation (`SF_API_DAILY_SHARE_PERCENT`), and nothing
 * at all once the whole org has none left: the rest belongs to the org's other clients.
 *
 * Fails open while the allocation is unknown, which lasts until the first answer. To turn: raise the share.
 */
export type Admission =
  | { readonly admitted: true; readonly probe: boolean }
  | { readonly admitted: false; readonly cause: 'share' | 'org'; readonly retryAt: Date };

const hourMs = 3_600_000;

export function admit(usage: UsageFacts, sharePercent: number, now: Date): Admission {
  if (usage.exhaustedUntil !== null)
    return now < usage.exhaustedUntil
      ? { admitted: false, cause: 'org', retryAt: usage.exhaustedUntil }
      : { admitted: true, probe: true };
  if (usage.orgLimit !== null && usage.ownUsed >= Math.floor((usage.orgLimit * sharePercent) / 100))
    return { admitted: false, cause: 'share', retryAt: nextHour(now) };
  return { admitted: true, probe: false };
}

/** Our count is kept by the hour, so that is when the oldest calls leave it. */
function nextHour(now: Date): Date {
  return new Date((Math.floor(now.getTime() / hourMs) + 1) * hourMs);
}
