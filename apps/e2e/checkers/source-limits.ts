/** What the simulated org counted of its callers, by its own counters. */
export interface SourceCounts {
  /** Refusals for want of an allocation: daily calls, concurrent long calls, Bulk jobs. */
  readonly limitErrors: number;
  readonly longCallsPeak: number;
  readonly dailyUsed: number;
  readonly dailyLimit: number;
  /** Calls without our name: nobody could tell them from those of others. */
  readonly withoutClient: number;
}

export interface StreamCounts {
  readonly topic: string;
  /** Highest number of events asked for and not delivered yet. */
  readonly maxOutstanding: number;
  readonly preset: string;
}

/** What Salesforce allows one stream to have outstanding. */
const MOST_OUTSTANDING = 100;
/** Requests of 20 s and more that an org may have running, and our share of them. */
const LONG_CALLS_OF_OURS = 5;

/**
 * Did we stay within what the source allows? @returns what speaks against it
 * @param streams those opened since the trial began
 */
export function brokenLimits(counts: SourceCounts, streams: readonly StreamCounts[]): string[] {
  const found: string[] = [];
  if (counts.limitErrors > 0)
    found.push(`${counts.limitErrors} calls were refused for want of an allocation`);
  if (counts.longCallsPeak > LONG_CALLS_OF_OURS)
    found.push(`${counts.longCallsPeak} long calls at a time, where ${LONG_CALLS_OF_OURS} are ours`);
  if (counts.dailyUsed > counts.dailyLimit)
    found.push(`${counts.dailyUsed} calls of ${counts.dailyLimit} a day`);
  if (counts.withoutClient > 0) found.push(`${counts.withoutClient} calls did not name their client`);
  for (const { maxOutstanding, preset, topic } of streams) {
    if (maxOutstanding > MOST_OUTSTANDING) found.push(`${topic}: ${maxOutstanding} events outstanding`);
    if (preset === 'LATEST') found.push(`${topic}: subscribed with LATEST, which skips what was missed`);
  }
  return found;
}
