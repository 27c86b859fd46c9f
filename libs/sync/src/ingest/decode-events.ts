import {
  isUmbraError,
  readChange,
  type AnnouncedHole,
  type EventToStore,
  type ReceivedEvent,
  type ReadChange,
} from '@umbra/domain';
import type { SchemaBook } from './schema-book.ts';

/** SHA-256 of a schema id and the bytes behind it: what is known of an event that may not even decode. */
export type Fingerprint = (schemaId: string, payload: Uint8Array) => Uint8Array;

export interface DecodedEvents {
  readonly events: readonly EventToStore[];
  readonly holes: readonly AnnouncedHole[];
  /** Events whose bytes are kept without being understood. */
  readonly undecoded: number;
  /** What the batch says of the position; null when nothing in it decoded. */
  readonly commitNumber: bigint | null;
  /** Newest of the batch, ISO 8601. */
  readonly commitTimestamp: string | null;
  readonly positions: readonly { readonly commitNumber: bigint; readonly commitTimestamp: string }[];
}

type Outcome =
  | { readonly error: NonNullable<EventToStore['error']> }
  | (ReadChange & { readonly at: { readonly commitNumber: bigint; readonly commitTimestamp: string } });

/**
 * Looks into events beside storing them. One that does not decode is stored as it is and passed by: a schema that is
 * not to be had, or bytes that fit no schema, say nothing about the replay position and must not stop the topic.
 */
export async function decodeEvents(
  book: SchemaBook,
  fingerprint: Fingerprint,
  epoch: number,
  received: readonly ReceivedEvent[],
  arrivedAt: Date,
): Promise<DecodedEvents> {
  const events: EventToStore[] = [];
  const holes: AnnouncedHole[] = [];
  const positions: { commitNumber: bigint; commitTimestamp: string }[] = [];
  for (const event of received) {
    const outcome = await readEvent(book, epoch, event);
    const digest = fingerprint(event.schemaId, event.payload);
    if ('error' in outcome) {
      const day = dayOf(arrivedAt.toISOString());
      events.push({ event, fingerprint: digest, changes: [], error: outcome.error, day });
      continue;
    }
    holes.push(...outcome.holes);
    positions.push(outcome.at);
    events.push({
      event,
      fingerprint: inCommitOrder(outcome.at.commitNumber, digest),
      changes: outcome.changes,
      error: null,
      day: dayOf(outcome.at.commitTimestamp),
    });
  }
  return {
    events,
    holes,
    undecoded: events.filter(({ error }) => error !== null).length,
    commitNumber: positions.reduce<bigint | null>(
      (most, at) => (most === null || at.commitNumber > most ? at.commitNumber : most),
      null,
    ),
    commitTimestamp: positions.reduce<string | null>(
      (newest, at) => (newest === null || at.commitTimestamp > newest ? at.commitTimestamp : newest),
      null,
    ),
    positions,
  };
}

/**
 * The identity of an event that decodes begins with its commit, so that the index of identities grows at its end. Digests
 * alone fall all over it: behind half a million events each one wrote a page of its own into the write-ahead log.
 */
function inCommitOrder(commitNumber: bigint, digest: Uint8Array): Uint8Array {
  const identity = new Uint8Array(8 + digest.length);
  new DataView(identity.buffer).setBigUint64(0, BigInt.asUintN(64, commitNumber));
  identity.set(digest, 8);
  return identity;
}

async function readEvent(
  book: SchemaBook,
  epoch: number,
  { payload, schemaId }: ReceivedEvent,
): Promise<Outcome> {
  let schema;
  try {
    schema = await book.schema(schemaId);
  } catch (error) {
    if (!isUmbraError(error)) throw error;
    return { error: error.code === 'SF_EVENT_UNDECODABLE' ? 'undecodable' : 'schema-unknown' };
  }
  try {
    const decoded = schema.decoder.decode(payload);
    const { commitNumber, commitTimestamp } = decoded.header;
    return { ...readChange(epoch, decoded), at: { commitNumber, commitTimestamp } };
  } catch (error) {
    // A header whose numbers fit no version is as unreadable as bytes that fit no schema.
    if (error instanceof RangeError) return { error: 'undecodable' };
    if (!isUmbraError(error)) throw error;
    return { error: 'undecodable' };
  }
}

/** UTC day of an ISO 8601 instant. */
export function dayOf(instant: string): string {
  return instant.slice(0, 10);
}
