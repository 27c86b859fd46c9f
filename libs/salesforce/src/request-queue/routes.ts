import type { RequestClass } from '@umbra/domain';

/** Kinds of call, as health and metrics show them: a closed set. */
export const routes = [
  'token',
  'query',
  'query-more',
  'describe',
  'limits',
  'bulk-create',
  'bulk-status',
  'bulk-results',
  'bulk-abort',
  'bulk-delete',
] as const;
export type Route = (typeof routes)[number];

/**
 * Two lanes, so that a backfill that fills its own can never make a reader wait: `foreground` has somebody waiting for
 * the answer, `background` has not. Within a lane the higher priority goes first.
 */
export type Lane = 'foreground' | 'background';

export interface ClassFacts {
  readonly lane: Lane;
  readonly priority: number;
}

export const classes: Readonly<Record<RequestClass, ClassFacts>> = {
  quote: { lane: 'foreground', priority: 4 },
  eligibility: { lane: 'foreground', priority: 3 },
  gap: { lane: 'foreground', priority: 2 },
  catalogue: { lane: 'foreground', priority: 1 },
  delta: { lane: 'background', priority: 2 },
  backfill: { lane: 'background', priority: 1 },
};

export interface LaneFacts {
  /** Waiting calls beyond this are refused: memory stays bounded and callers learn early. */
  readonly longestQueue: number;
  /** Longest wait for the head of an answer. */
  readonly headersTimeoutMs: number;
  /** Longest silence within a body. */
  readonly bodyTimeoutMs: number;
  /** Tries of one call, the first included. */
  readonly tries: number;
  readonly firstBackoffMs: number;
  readonly longestBackoffMs: number;
  /** A `Retry-After` beyond this is handed to the caller instead of being waited for. */
  readonly longestRetryAfterMs: number;
}

export const lanes: Readonly<Record<Lane, LaneFacts>> = {
  foreground: {
    longestQueue: 1000,
    // below the 20 s from which Salesforce counts a call as a long one
    headersTimeoutMs: 15_000,
    bodyTimeoutMs: 15_000,
    tries: 3,
    firstBackoffMs: 100,
    longestBackoffMs: 1000,
    longestRetryAfterMs: 1000,
  },
  background: {
    longestQueue: 10_000,
    // SOQL runs 120 s at most, then Salesforce answers QUERY_TIMEOUT itself
    headersTimeoutMs: 130_000,
    bodyTimeoutMs: 60_000,
    tries: 6,
    firstBackoffMs: 1000,
    longestBackoffMs: 30_000,
    longestRetryAfterMs: 120_000,
  },
};

/** Parallel foreground calls of one process; each is short, so Salesforce sets no limit of its own. */
export const foregroundConcurrency = 8;
