import type { SalesforceError } from './record.ts';

export interface CallStart {
  /** Route name of a closed set: `query`, `sobject-get`, `bulk-results`, `token` … */
  readonly route: string;
  readonly class: 'auth' | 'rest' | 'query' | 'describe' | 'bulk' | 'limits' | 'identity' | 'event';
  /** `client` of Sforce-Call-Options; undefined when absent. */
  readonly client: string | undefined;
  /** False for calls outside the allocation (token, versions, identity). */
  readonly counted: boolean;
}

/** A running call. */
export interface CallTicket {
  /** Set when the org refuses the call (daily or concurrent limit): answer it and end the ticket. */
  readonly refused: SalesforceError | undefined;
  end(status: number, bytesOut?: number): void;
}

export interface CallCounter {
  readonly route: string;
  readonly class: string;
  readonly client: string | null;
  calls: number;
  refused: number;
  errors: number;
  bytesOut: number;
}

export interface LimitsCounters {
  readonly calls: readonly CallCounter[];
  /** Calls that did not name a client in Sforce-Call-Options. */
  readonly withoutClient: number;
  /** Calls that were not Umbra's, or did not say so: no client, or another than `umbra`. */
  readonly withoutUmbra: number;
  readonly longCallsNow: number;
  readonly longCallsPeak: number;
  readonly dailyUsed: number;
  readonly dailyLimit: number;
  readonly limitErrors: number;
}

/** The org's allocations by its own clock, and the count of every call. */
export interface Limits {
  begin(call: CallStart): CallTicket;
  /** Calls in the last 24 h. */
  dailyUsed(): number;
  /** `api-usage=18/15000` with the suffix knob. */
  limitInfo(): string;
  /** Map of `/limits`. */
  map(): Record<string, { Max: number; Remaining: number }>;
  /** Pretends that other apps have brought the day's use to this number. */
  setDailyUsed(calls: number): void;
  /** Bulk query job started / result bytes stored: SalesforceError LIMIT_EXCEEDED when over the day's quota. */
  beginBulkJob(): SalesforceError | undefined;
  addBulkBytes(bytes: number): void;
  counters(): LimitsCounters;
  resetCounters(): void;
}
