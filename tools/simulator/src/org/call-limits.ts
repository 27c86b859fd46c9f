import { RollingCount } from './rolling-count.ts';
import type { CallCounter, CallStart, CallTicket, Limits, LimitsCounters } from './limits.ts';
import type { Knobs } from './knobs.ts';
import { limitsMap } from './limits-map.ts';
import type { OrgClock } from './org-clock.ts';
import { SalesforceError } from './record.ts';

/** A request that has run so long counts against the org's concurrent ones. */
const LONG_CALL_MS = 20_000;
const KB = 1024;

interface OpenCall {
  readonly startedAt: number;
}

/** Counts every call; refuses those over the daily allocation or among too many long ones. */
export class CallLimits implements Limits {
  readonly #clock: OrgClock;
  readonly #knobs: () => Knobs;
  readonly #daily: RollingCount;
  readonly #bulkJobs: RollingCount;
  readonly #bulkKb: RollingCount;
  readonly #open = new Set<OpenCall>();
  #counters = new Map<string, CallCounter>();
  #longPeak = 0;
  #limitErrors = 0;

  constructor(clock: OrgClock, knobs: () => Knobs) {
    this.#clock = clock;
    this.#knobs = knobs;
    const elapsed = (): number => clock.elapsed();
    this.#daily = new RollingCount(elapsed);
    this.#bulkJobs = new RollingCount(elapsed);
    this.#bulkKb = new RollingCount(elapsed);
  }

  begin(call: CallStart): CallTicket {
    const counter = this.#counterOf(call);
    counter.calls += 1;
    const refused = call.counted ? this.#refusal() : undefined;
    if (refused !== undefined) {
      counter.refused += 1;
      this.#limitErrors += 1;
    } else if (call.counted) {
      this.#daily.add(1);
    }
    const open: OpenCall = { startedAt: this.#clock.elapsed() };
    if (refused === undefined) this.#open.add(open);
    return {
      refused,
      end: (status, bytesOut = 0) => {
        this.#longCalls();
        this.#open.delete(open);
        if (status >= 400) counter.errors += 1;
        counter.bytesOut += bytesOut;
      },
    };
  }

  dailyUsed(): number {
    return this.#daily.total();
  }

  limitInfo(): string {
    const { dailyLimit, limitInfoSuffix } = this.#knobs();
    return `api-usage=${this.dailyUsed()}/${dailyLimit}${limitInfoSuffix}`;
  }

  map(): Record<string, { Max: number; Remaining: number }> {
    const knobs = this.#knobs();
    const lag = knobs.limitsLag * 1000;
    return limitsMap(knobs, {
      daily: this.#daily.total(lag),
      bulkJobs: this.#bulkJobs.total(lag),
      bulkMb: Math.ceil(this.#bulkKb.total(lag) / KB),
    });
  }

  setDailyUsed(calls: number): void {
    this.#daily.reset(calls);
  }

  beginBulkJob(): SalesforceError | undefined {
    const { bulkJobsPerDay, bulkStoragePerDayMb } = this.#knobs();
    if (this.#bulkJobs.total() >= bulkJobsPerDay) {
      return this.#quota(`Max bulk v2 query jobs (${bulkJobsPerDay}) per 24 hrs has been reached`);
    }
    if (this.#bulkKb.total() >= bulkStoragePerDayMb * KB) {
      return this.#quota(
        `Max bulk v2 query result size stored (${bulkStoragePerDayMb * KB}) kb per 24 hrs has been exceeded`,
      );
    }
    this.#bulkJobs.add(1);
    return undefined;
  }

  addBulkBytes(bytes: number): void {
    this.#bulkKb.add(bytes / KB);
  }

  counters(): LimitsCounters {
    const calls = [...this.#counters.values()];
    const callsOf = (which: (entry: CallCounter) => boolean): number =>
      calls.filter(which).reduce((sum, entry) => sum + entry.calls, 0);
    return {
      calls,
      withoutClient: callsOf(({ client }) => client === null),
      withoutUmbra: callsOf(({ client }) => client !== 'umbra'),
      longCallsNow: this.#longCalls(),
      longCallsPeak: this.#longPeak,
      dailyUsed: this.dailyUsed(),
      dailyLimit: this.#knobs().dailyLimit,
      limitErrors: this.#limitErrors,
    };
  }

  resetCounters(): void {
    this.#counters = new Map();
    this.#longPeak = 0;
    this.#limitErrors = 0;
  }

  #refusal(): SalesforceError | undefined {
    const knobs = this.#knobs();
    if (this.dailyUsed() >= knobs.dailyLimit) {
      return new SalesforceError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
    }
    if (this.#longCalls() + knobs.longCallsTaken >= knobs.longCallsLimit) {
      return new SalesforceError(
        403,
        'REQUEST_LIMIT_EXCEEDED',
        'ConcurrentRequests (Concurrent API Requests) Limit exceeded.',
      );
    }
    return undefined;
  }

  #quota(message: string): SalesforceError {
    this.#limitErrors += 1;
    return new SalesforceError(403, 'LIMIT_EXCEEDED', message);
  }

  #longCalls(): number {
    const since = this.#clock.elapsed() - LONG_CALL_MS;
    let running = 0;
    for (const open of this.#open) if (open.startedAt <= since) running += 1;
    this.#longPeak = Math.max(this.#longPeak, running);
    return running;
  }

  #counterOf(call: CallStart): CallCounter {
    const client = call.client ?? null;
    const key = `${call.route} ${call.class} ${client ?? ''}`;
    const known = this.#counters.get(key);
    if (known !== undefined) return known;
    const fresh: CallCounter = {
      route: call.route,
      class: call.class,
      client,
      calls: 0,
      refused: 0,
      errors: 0,
      bytesOut: 0,
    };
    this.#counters.set(key, fresh);
    return fresh;
  }
}
