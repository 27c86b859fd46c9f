import type { Leaves } from '../sobject/leaf.ts';

/**
 * Where a subscription begins. There is no "latest" here: after an error it would skip, in silence, everything that
 * happened meanwhile.
 */
export type StreamStart =
  | { readonly kind: 'earliest' }
  /** After the event with this replay id: opaque bytes, stored and sent back as they came. */
  | { readonly kind: 'after'; readonly replayId: Uint8Array };

/** An event as received. Nothing of it is re-encoded before it is stored. */
export interface ReceivedEvent {
  readonly eventId: string;
  readonly schemaId: string;
  /** Bare Avro. */
  readonly payload: Uint8Array;
  /** May be empty: then it is no position. */
  readonly replayId: Uint8Array;
}

/** What arrived since the last message was taken. Without events it is a keep-alive: the subscription works. */
export interface StreamMessage {
  readonly events: readonly ReceivedEvent[];
  /** Newest position known to the server; may be ahead of every event. */
  readonly latestReplayId: Uint8Array;
  /** When the newest part arrived. */
  readonly receivedAt: Date;
}

/**
 * One live subscription. Iterating yields messages in bus order and ends with an UmbraError when the stream ends,
 * whatever the cause. Whoever iterates calls `settle` once events are stored durably: the stream asks for more only
 * while few enough are received and unsettled, so a slow database bounds the memory.
 */
export interface ChangeStream extends AsyncIterable<StreamMessage> {
  settle(events: readonly ReceivedEvent[]): void;
  /** Events received and not yet settled. */
  readonly unsettled: number;
  close(): void;
}

/** Change events of the org. */
export interface ChangeSource {
  /** @throws UmbraError while iterating: SF_STREAM_* */
  open(topic: string, start: StreamStart): ChangeStream;
  /** Schema text of an event's own schema id. @throws UmbraError SF_SCHEMA_UNKNOWN, SF_UNAVAILABLE */
  schema(schemaId: string): Promise<string>;
}

export interface ChangeHeader {
  readonly entityName: string;
  /** 18 characters each; a wildcard (`001*`) and the overflow id come through as they are. */
  readonly recordIds: readonly string[];
  readonly changeType: string;
  readonly changeOrigin: string;
  readonly transactionKey: string;
  readonly sequenceNumber: number;
  /** ISO 8601. */
  readonly commitTimestamp: string;
  /** 19 digits in newer orgs: never a JavaScript number. */
  readonly commitNumber: bigint;
  readonly commitUser: string;
}

/** An event taken apart into leaves: compounds become the leaves that reads know them by. */
export interface DecodedChange {
  readonly header: ChangeHeader;
  /** Canonical values of the leaves that have one. */
  readonly leaves: Leaves;
  readonly changed: readonly string[];
  readonly nulled: readonly string[];
  readonly diffed: readonly string[];
}

/** Decoder for the events of one schema. */
export interface ChangeDecoder {
  /** Object whose changes the schema describes: `Account` of `AccountChangeEvent`. */
  readonly entityName: string;
  /** Every leaf that events of this schema state. */
  readonly leaves: readonly string[];
  /** @throws UmbraError SF_EVENT_UNDECODABLE when the bytes are not of this schema */
  decode(payload: Uint8Array): DecodedChange;
}

/** @throws UmbraError SF_EVENT_UNDECODABLE when the text is no change event schema */
export type DecoderFactory = (schemaJson: string) => ChangeDecoder;
