import type { EventToStore, Version } from '@umbra/domain';

/** Events kept at most: their payloads, in bytes. */
const MOST_BYTES = 32 * 1024 * 1024;
/** An event that nobody here has applied for so long is another process's business, in milliseconds. */
const KEPT_MS = 30_000;

/** What a lane needs of an event besides its changes. */
export interface EventBody {
  readonly schemaId: string;
  readonly payload: Uint8Array;
}

interface Kept extends EventBody {
  readonly version: Version;
  readonly since: number;
}

/**
 * Bodies of events that this process has stored and not applied yet, so that it need not read back what it has just
 * written. The log stays the truth of what waits and in which order: a body stands in for its row only if that row's
 * change has the event's own version, and what is not here is read.
 *
 * When it is full, it takes in nothing more: those who wait longest are asked for next.
 */
export class RecentEvents {
  readonly #events = new Map<string, Kept>();
  #bytes = 0;

  /** @param first number of the first event in its stream */
  stored(streamId: number, first: bigint, events: readonly EventToStore[]): void {
    const since = performance.now();
    this.#forgetBefore(since - KEPT_MS);
    for (const [at, { changes, event }] of events.entries()) {
      const version = changes[0]?.version;
      if (version === undefined || this.#bytes + event.payload.length > MOST_BYTES) continue;
      const place = placeOf(streamId, String(first + BigInt(at)));
      this.forget(place);
      this.#events.set(place, { schemaId: event.schemaId, payload: event.payload, version, since });
      this.#bytes += event.payload.length;
    }
  }

  /** @param version of the change that the log shows there */
  find(place: string, version: Version): EventBody | undefined {
    const kept = this.#events.get(place);
    return kept?.version === version ? kept : undefined;
  }

  forget(place: string): void {
    this.#bytes -= this.#events.get(place)?.payload.length ?? 0;
    this.#events.delete(place);
  }

  #forgetBefore(since: number): void {
    for (const [place, kept] of this.#events) {
      if (kept.since >= since) return;
      this.forget(place);
    }
  }
}

/** Where an event stands in the log. @param seq its number in its stream */
export function placeOf(streamId: number, seq: string): string {
  return `${streamId} ${seq}`;
}
