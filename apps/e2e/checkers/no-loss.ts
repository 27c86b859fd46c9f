import type { SimulatedOrg } from '../harness/simulator.ts';
import type { RowsOf } from './traces.ts';

/** An event as the bus published it. */
export interface PublishedEvent {
  /** Counted from 1. */
  readonly n: number;
  /** Over schema id and payload: the identity of its bytes, whatever became of it afterwards. */
  readonly sha256: string;
  readonly entity: string;
  /** Epoch ms. */
  readonly commitTimestamp: number;
}

/** A stretch of commits that was read instead of streamed. */
export interface ReadHole {
  readonly object: string;
  readonly from_at: Date;
  readonly to_at: Date;
}

/**
 * Events that are neither in the log nor behind a hole that a read has closed.
 * @param stored fingerprints
 */
export function lost(
  published: readonly PublishedEvent[],
  stored: ReadonlySet<string>,
  holes: readonly ReadHole[] = [],
): PublishedEvent[] {
  return published.filter(({ commitTimestamp, entity, sha256 }) => {
    if (stored.has(sha256)) return false;
    const at = new Date(commitTimestamp);
    return !holes.some(({ from_at, object, to_at }) => object === entity && from_at <= at && at <= to_at);
  });
}

/** @param from number of the first event, counted from 1 */
export async function publishedEvents(org: SimulatedOrg, from = 1): Promise<PublishedEvent[]> {
  const answer = await fetch(`${org.controlUrl}/pubsub/events?from=${from}`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as PublishedEvent);
}

export async function storedFingerprints(rows: RowsOf): Promise<Set<string>> {
  const stored = await rows<{ sha256: string }>(
    "SELECT encode(sha256(convert_to(schema_id, 'UTF8') || payload), 'hex') AS sha256 FROM sf_raw_event",
  );
  return new Set(stored.map(({ sha256 }) => sha256));
}

/** Holes of whole objects that something other than the stream itself has closed. */
export function readHoles(rows: RowsOf): Promise<ReadHole[]> {
  return rows(
    `SELECT object, from_at, coalesce(to_at, closed_at) AS to_at FROM sf_hole
     WHERE scope = 'object' AND closed_at IS NOT NULL AND closed_by IS DISTINCT FROM 'stream'`,
  );
}
