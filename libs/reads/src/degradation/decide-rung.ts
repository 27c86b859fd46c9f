import { rungs, type Reader, type Rung } from './rungs.ts';

/** Why reads are restricted: a closed set. The last ones come from the request queue as they are. */
export type LadderReason =
  | 'budget-low'
  | 'exhaustion-near'
  | 'cache-away'
  | 'shadow-away'
  | 'credentials'
  | 'breaker-open'
  | 'daily-limit'
  | 'daily-share'
  | 'reserve'
  | 'throttled';

/** What the request queue says of Salesforce. */
export interface CallConditions {
  /** `refused`: every call is, a quote's too. `limited`: some are, or all are slowed. */
  readonly state: 'normal' | 'limited' | 'refused';
  readonly reason: LadderReason | null;
  readonly until: Date | null;
  /** Part of our share that is left, 0 to 1; null while the allocation is unknown. */
  readonly left: number | null;
  /** Seconds until the org has no calls left if it goes on like this; null when it does not look like it. */
  readonly exhaustedInSeconds: number | null;
  readonly admitted: Readonly<Record<Reader, boolean>>;
}

export interface LadderSignals {
  readonly calls: CallConditions;
  readonly shadow: boolean;
  readonly cache: boolean;
}

export interface LadderState {
  readonly rung: Rung;
  readonly reason: LadderReason | null;
  readonly since: Date;
  /** When the cause is expected to be gone; null when nobody knows. */
  readonly until: Date | null;
  /** When a higher rung was first called for and has been ever since; null while none is. */
  readonly betterSince: Date | null;
}

/** Conserving begins below the first part of our share and ends above the second. */
const scarce = 0.25;
const plenty = 0.35;
/** So near, exhaustion is acted upon; the rolling day gives hardly anything back before. */
const nearSeconds = 2 * 3600;
const farSeconds = 3 * 3600;
/** A better rung must be called for so long: a source that comes and goes does not take everybody along. */
const calmMs = 15_000;

type Wanted = Pick<LadderState, 'rung' | 'reason' | 'until'>;

/** The rung that the signals call for, the state being what holds now. */
export function wantedRung(signals: LadderSignals, current: Rung): Wanted {
  const { cache, calls, shadow } = signals;
  const because = (rung: Rung, reason: LadderReason | null, until: Date | null = null): Wanted => ({
    rung,
    reason,
    until,
  });
  if (calls.state === 'refused') {
    if (shadow) return because('shadow-only', calls.reason, calls.until);
    return because(cache ? 'cache-only' : 'refuse', 'shadow-away', calls.until);
  }
  if (!shadow) return because('conserving', 'shadow-away');
  if (!calls.admitted.catalogue) return because('shadow-only', calls.reason ?? 'reserve', calls.until);
  const conserved = current !== 'normal';
  if (calls.left !== null && calls.left < (conserved ? plenty : scarce))
    return because('conserving', 'budget-low');
  const near = conserved ? farSeconds : nearSeconds;
  if (calls.exhaustedInSeconds !== null && calls.exhaustedInSeconds < near)
    return because('conserving', 'exhaustion-near');
  if (!cache) return because('conserving', 'cache-away');
  if (calls.state === 'limited' && calls.reason === 'throttled')
    return because('conserving', 'throttled', calls.until);
  return because('normal', null);
}

/** Down at once, up one after the other: to `conserving` as soon as the cause is gone, to `normal` after a calm time. */
export function nextState(current: LadderState, signals: LadderSignals, now: Date): LadderState {
  const wanted = wantedRung(signals, current.rung);
  const height = rungs.indexOf(wanted.rung) - rungs.indexOf(current.rung);
  if (height === 0) return { ...current, ...wanted, betterSince: null };
  if (height > 0) return { ...wanted, since: now, betterSince: null };
  if (wanted.rung !== 'normal') return { ...wanted, since: now, betterSince: null };
  const betterSince = current.betterSince ?? now;
  if (now.getTime() - betterSince.getTime() >= calmMs) return { ...wanted, since: now, betterSince: null };
  if (current.rung === 'conserving') return { ...current, betterSince };
  return { rung: 'conserving', reason: current.reason, until: null, since: now, betterSince };
}
