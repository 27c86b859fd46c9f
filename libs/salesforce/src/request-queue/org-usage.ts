import { untilExhausted, usageSlope, type ToldUsage } from '@umbra/domain';

/**
 * What is known of the org's daily API allocation, of which we are one client among several. Salesforce tells it with
 * every answer (`Sforce-Limit-Info`) and by `/limits`; between two answers our own calls are added, and those of the
 * others as fast as they came lately: so a rival is seen coming.
 */
export interface UsageNow {
  readonly used: number;
  readonly limit: number;
}

interface Sample {
  readonly at: number;
  readonly used: number;
  readonly others: number;
}

/** The trend is read from this stretch; a rival who began an hour ago is news, one from yesterday is not. */
const trendMs = 15 * 60_000;
const sampleEveryMs = 1_000;
/** Without an answer for so long the others are no longer extrapolated: a guess must not become a verdict. */
const guessedMs = 10 * 60_000;

/** `api-usage=18/5000`, also in the middle of a longer value: newer orgs append `; per-app-api-usage=…`. */
export function parseLimitInfo(header: string | undefined): UsageNow | undefined {
  const match = /(?:^|[^a-z-])api-usage=(\d{1,12})\/(\d{1,12})/.exec(header ?? '');
  return match === null ? undefined : { used: Number(match[1]), limit: Number(match[2]) };
}

/** Times are milliseconds of a monotonic clock, but for those in `ToldUsage`. */
export class OrgUsage {
  #told: ToldUsage | null = null;
  #toldAt = 0;
  /** Our calls that Salesforce had counted when it told. */
  #ownThen = 0;
  #samples: Sample[] = [];

  /** The newest word, whichever process heard it. */
  get told(): ToldUsage | null {
    return this.#told;
  }

  /**
   * Salesforce has told its count.
   * @param own our calls that it can have counted: all but those still under way
   */
  note(info: UsageNow, toldAt: Date, at: number, own: number): void {
    this.#told = { ...info, toldAt, refusedAt: null };
    this.#toldAt = at;
    this.#ownThen = own;
    this.#sample({ at, used: info.used, others: info.used - own });
  }

  /** Salesforce refused a call because the allocation is used up. */
  noteRefused(refusedAt: Date): void {
    const { used, limit, toldAt } = this.#told ?? { used: 0, limit: 0, toldAt: refusedAt };
    this.#told = { used: Math.max(used, limit), limit, toldAt, refusedAt };
  }

  /** Another process was told something newer. */
  adopt(told: ToldUsage | null, at: number, own: number): void {
    if (told === null || (this.#told !== null && newest(told) <= newest(this.#told))) return;
    this.#told = told;
    this.#toldAt = at;
    this.#ownThen = own;
    if (told.refusedAt === null) this.#sample({ at, used: told.used, others: told.used - own });
  }

  /** @param own our calls so far, those under way included */
  now(at: number, own: number): UsageNow | null {
    if (this.#told === null) return null;
    const { limit, refusedAt, used } = this.#told;
    // A refusal may come before any answer has told the allocation: whatever it is, nothing of it is left.
    if (refusedAt !== null) return { used: Math.max(used, limit, 1), limit: Math.max(limit, 1) };
    if (limit === 0) return null;
    const since = Math.min(at - this.#toldAt, guessedMs);
    const others = Math.max(0, usageSlope(this.#othersSamples())) * since;
    return { used: used + Math.max(0, own - this.#ownThen) + Math.round(others), limit };
  }

  /** Milliseconds until the org has no calls left if it goes on as it did; null when it does not grow. */
  untilExhausted(at: number): number | null {
    if (this.#told === null) return null;
    const left = untilExhausted(this.#samples, this.#told.limit);
    const newestAt = this.#samples.at(-1)?.at ?? at;
    return left === null ? null : Math.max(0, left - (at - newestAt));
  }

  /** Milliseconds since Salesforce told anything; infinite before the first answer. */
  age(at: number): number {
    return this.#told === null ? Number.POSITIVE_INFINITY : at - this.#toldAt;
  }

  #othersSamples(): { at: number; used: number }[] {
    return this.#samples.map(({ at, others }) => ({ at, used: others }));
  }

  #sample(sample: Sample): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && sample.at - last.at < sampleEveryMs) this.#samples.pop();
    this.#samples.push(
      last === undefined || sample.at - last.at >= sampleEveryMs ? sample : { ...sample, at: last.at },
    );
    this.#samples = this.#samples.filter(({ at }) => sample.at - at <= trendMs);
  }
}

function newest({ refusedAt, toldAt }: ToldUsage): number {
  return Math.max(toldAt.getTime(), refusedAt?.getTime() ?? 0);
}
