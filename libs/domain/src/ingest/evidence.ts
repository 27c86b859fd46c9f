/**
 * Longest time from a commit to its appearance on the bus, in milliseconds, as the keep-alives' proof assumes it.
 * Nothing published bounds it; ten seconds is conservative.
 */
export const PUBLISH_DELAY_MS = 10_000;

/**
 * How far back before its first message a subscription from EARLIEST proves its topic: the bus keeps three days, so
 * whatever was committed in the last quarter of an hour was either delivered or never an event. Without it a backfill
 * that begins beside a new stream would leave a crack between its end and the stream's beginning.
 */
export const EARLIEST_REACH_MS = 15 * 60 * 1000;

/** How long the bus keeps events, in milliseconds. Source: Pub/Sub API Developer Guide, "Event Message Durability". */
export const RETENTION_MS = 72 * 60 * 60 * 1000;

/** What one message proves about commit instants (source clock), beyond what was proven before. */
export function evidenceOf(
  before: Date | null,
  message: {
    /** Newest `commitTimestamp` among the events; null without (decoded) events. */
    readonly newestCommit: string | null;
    /** Arrival by the source's clock. */
    readonly arrivedAt: Date;
    /** A keep-alive proves something only when all that was received before it is stored and more was asked for. */
    readonly isKeepAlive: boolean;
    readonly unsettled: number;
  },
  publishDelayMs: number = PUBLISH_DELAY_MS,
): Date | null {
  const candidates = before === null ? [] : [before.getTime()];
  if (message.newestCommit !== null) candidates.push(Date.parse(message.newestCommit));
  if (message.isKeepAlive && message.unsettled === 0) {
    candidates.push(message.arrivedAt.getTime() - publishDelayMs);
  }
  return candidates.length === 0 ? null : new Date(Math.max(...candidates));
}
