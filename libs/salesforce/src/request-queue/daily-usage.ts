import type { Clock, Log, Meter, SharedCounters } from '@umbra/domain';

/**
 * What is known of the org's daily API allocation. Two numbers that must not be confused: the org's own count of all
 * its clients (the header `Sforce-Limit-Info` of every answer, and `/limits`), and the calls of this product, which no
 * answer tells and which we count ourselves, in hours, since the allocation is a rolling 24 hours.
 *
 * Processes share their count through `SharedCounters` while Redis is there. Without it each process knows only what it
 * last read plus its own calls: the share may then be exceeded by what the others use, the org's own limit never, since
 * that number comes with every answer.
 */
export interface UsageFacts {
  /** Calls of all clients of the org in the last 24 hours, as last told; null before the first answer. */
  readonly orgUsed: number | null;
  readonly orgLimit: number | null;
  /** Calls of this product in the last 24 to 25 hours. */
  readonly ownUsed: number;
  /** The org has no calls left: nothing is sent before this time, and then one call to find out. */
  readonly exhaustedUntil: Date | null;
}

const hourMs = 3_600_000;
/** The current hour and the 24 before it: never less than a rolling day. */
const hoursCounted = 25;
const counterLifeSeconds = 26 * 3600;
/** A shared count that is at most so old costs one Redis call per this time, not one per Salesforce call. */
const shareEveryMs = 1000;
/** After a refusal one call in this time finds out whether the window has moved on. */
const probeEveryMs = 5 * 60_000;

/** `api-usage=18/5000`, also in the middle of a longer value: newer orgs append `; per-app-api-usage=…`. */
export function parseLimitInfo(header: string | undefined): { used: number; limit: number } | undefined {
  const match = /(?:^|[^a-z-])api-usage=(\d{1,12})\/(\d{1,12})/.exec(header ?? '');
  return match === null ? undefined : { used: Number(match[1]), limit: Number(match[2]) };
}

export interface DailyUsageOptions {
  readonly clock: Clock;
  readonly meter: Meter;
  readonly log: Log;
  readonly counters?: SharedCounters;
}

export class DailyUsage {
  readonly #options: DailyUsageOptions;
  #org: { used: number; limit: number } | undefined;
  #exhaustedUntil: Date | null = null;
  /** Calls by hour number, of all processes as last read, or of this one alone. */
  readonly #byHour = new Map<number, number>();
  /** Calls of this process that the shared counters do not know yet, by hour number. */
  readonly #unshared = new Map<number, number>();
  #lastShare = Number.NEGATIVE_INFINITY;
  #sharing: Promise<void> | undefined;
  #hourRead: number | undefined;

  constructor(options: DailyUsageOptions) {
    this.#options = options;
  }

  /** One request is being sent. */
  noteCall(): void {
    const hour = this.#hour();
    this.#unshared.set(hour, (this.#unshared.get(hour) ?? 0) + 1);
    const { clock, counters } = this.#options;
    if (counters === undefined || this.#sharing !== undefined) return;
    if (clock.monotonic() - this.#lastShare >= shareEveryMs) void this.#beginSharing();
  }

  /** @param header value of `Sforce-Limit-Info` */
  noteHeader(header: string | undefined): void {
    const info = parseLimitInfo(header);
    if (info !== undefined) this.noteOrg(info);
  }

  noteOrg(info: { used: number; limit: number }): void {
    const { meter } = this.#options;
    this.#org = info;
    if (info.used < info.limit) this.#exhaustedUntil = null;
    else this.#exhaustedUntil ??= this.#nextProbe();
    meter.gauge('sf_api_daily_used', {}, info.used);
    meter.gauge('sf_api_daily_limit', {}, info.limit);
    meter.gauge('sf_api_daily_usage_percent', {}, percent(info));
  }

  /** Salesforce refused a call because the daily allocation is used up. */
  noteExhausted(): void {
    this.#exhaustedUntil = this.#nextProbe();
    this.#options.log.warn(
      { retryAt: this.#exhaustedUntil.toISOString() },
      'daily API allocation is used up',
    );
  }

  /** A call was admitted although the allocation was used up when last seen: only one is, until it is answered. */
  noteProbe(): void {
    if (this.#exhaustedUntil !== null) this.#exhaustedUntil = this.#nextProbe();
  }

  facts(): UsageFacts {
    const oldest = this.#hour() - hoursCounted + 1;
    let ownUsed = 0;
    for (const counts of [this.#byHour, this.#unshared])
      for (const [hour, calls] of counts) if (hour >= oldest) ownUsed += calls;
    return {
      orgUsed: this.#org?.used ?? null,
      orgLimit: this.#org?.limit ?? null,
      ownUsed,
      exhaustedUntil: this.#exhaustedUntil,
    };
  }

  /** The org's usage in percent of its limit, one decimal; null before the first answer. */
  percent(): number | null {
    return this.#org === undefined ? null : percent(this.#org);
  }

  /** Adds all our calls to the shared count and reads it. Never throws: while Redis is away our own count goes on. */
  async share(): Promise<void> {
    await this.#sharing;
    await this.#beginSharing();
  }

  #beginSharing(): Promise<void> {
    this.#sharing ??= this.#share().finally(() => {
      this.#sharing = undefined;
    });
    return this.#sharing;
  }

  async #share(): Promise<void> {
    const { counters, clock, log } = this.#options;
    if (counters === undefined) return;
    this.#lastShare = clock.monotonic();
    try {
      for (const [hour, calls] of [...this.#unshared]) {
        this.#byHour.set(hour, await counters.add(counterName(hour), calls, counterLifeSeconds));
        this.#unshared.set(hour, (this.#unshared.get(hour) ?? 0) - calls);
      }
      await this.#readEarlierHours(counters);
    } catch (error) {
      log.debug({ err: error }, 'shared call count is away');
    }
  }

  /** The hours before this one no longer change, so they are read once per hour. */
  async #readEarlierHours(counters: SharedCounters): Promise<void> {
    const now = this.#hour();
    if (this.#hourRead === now) return;
    for (let hour = now - hoursCounted + 1; hour < now; hour++)
      this.#byHour.set(hour, await counters.get(counterName(hour)));
    for (const counts of [this.#byHour, this.#unshared])
      for (const hour of counts.keys()) if (hour <= now - hoursCounted) counts.delete(hour);
    this.#hourRead = now;
  }

  #nextProbe(): Date {
    return new Date(this.#options.clock.now().getTime() + probeEveryMs);
  }

  #hour(): number {
    return Math.floor(this.#options.clock.now().getTime() / hourMs);
  }
}

function counterName(hour: number): string {
  return `sf-api-calls.${hour}`;
}

function percent(info: { used: number; limit: number }): number {
  return info.limit === 0 ? 100 : Math.round((info.used / info.limit) * 1000) / 10;
}
