/** Everything about the change stream that can be turned while the org runs. Times in seconds unless named otherwise. */
export interface PubsubKnobs {
  // what is published
  /** Objects selected for change data capture: their own topics, and `/data/ChangeEvents`. */
  entities: readonly string[];
  /** Custom channels: name (`Catalog__chn`) to the objects it carries. */
  channels: Readonly<Record<string, readonly string[]>>;
  /** Share 0..1 of change events that are never published. */
  dropEvents: number;
  /** Share 0..1 of change events that become a gap event; those of one transaction and kind are merged. */
  gapEvents: number;
  /** Changed texts of over 1,000 characters travel as a unified diff. */
  diffText: boolean;
  /** Changes in one commit above which the rest becomes one overflow event per object. */
  overflowAbove: number;
  /** Deletions and undeletions of prices that go with their product are published too. */
  cascadeEvents: boolean;
  /** Bytes above which an event becomes a gap event. */
  maxEventBytes: number;
  /** Fields, by object, whose value travels with every UPDATE and DELETE without being marked as changed. */
  enrichedFields: Readonly<Record<string, readonly string[]>>;
  // order and identity
  /** Events are published in an order shuffled within windows of this many (or of half a second); 0: commit order. */
  shuffle: number;
  /** Share 0..1 of events that take the replay id of the event before. */
  duplicateReplayId: number;
  /** Hours that events stay on the bus, by the org's clock. */
  retention: number;
  replayIdBytes: 10 | 8;
  // delivery
  /** Seconds between empty responses on a quiet stream with open demand. */
  keepAliveEvery: number;
  /** Seconds at demand 0 after which the server closes a stream. */
  idleClose: number;
  /** Milliseconds from request to answer and back. */
  roundTrip: number;
  /** Streams carry nothing any more and do not end: half-open connections. Single calls are answered. */
  silence: boolean;
  /** Events are published but not delivered; keep-alives go on. */
  holdEvents: boolean;
  /** Events per client and 24 h by the org's clock; 0: unlimited. */
  deliveryCap: number;
  deliveryCapStatus: 8 | 3 | 13;
  /** Topics that the integration user may not read. */
  deniedTopics: readonly string[];
  topicPermissionStatus: 7 | 5;
  /** A stream goes on when its token has died; else it ends with 16 at its next message. */
  streamsOutliveTokens: boolean;
  idleCloseStatus: 14 | 13;
  // schema
  /** Schema ids that GetSchema does not know for now. */
  hideSchemas: readonly string[];
  snapshotChangeType: boolean;
  addressChildren: 8 | 10 | 11;
  personNameUnion: boolean;
  parentBit: boolean;
  schemaKeyOrder: 'type-first' | 'name-first';
  /** Formula fields are part of the events, with their value of the moment. */
  formulaInEvents: boolean;
  /** Share 0..1 of events whose payload is cut short. */
  corruptPayload: number;
  /** So many events to come are cut short; counts down. */
  corruptNext: number;
}

export const defaultPubsubKnobs: PubsubKnobs = {
  entities: ['Product2', 'PricebookEntry', 'Account'],
  channels: {},
  dropEvents: 0,
  gapEvents: 0,
  diffText: false,
  overflowAbove: 100_000,
  cascadeEvents: true,
  maxEventBytes: 1_048_576,
  enrichedFields: {},
  shuffle: 0,
  duplicateReplayId: 0,
  retention: 72,
  replayIdBytes: 10,
  keepAliveEvery: 60,
  idleClose: 60,
  roundTrip: 0,
  silence: false,
  holdEvents: false,
  deliveryCap: 0,
  deliveryCapStatus: 8,
  deniedTopics: [],
  topicPermissionStatus: 7,
  streamsOutliveTokens: true,
  idleCloseStatus: 14,
  hideSchemas: [],
  snapshotChangeType: true,
  addressChildren: 10,
  personNameUnion: true,
  parentBit: false,
  schemaKeyOrder: 'type-first',
  formulaInEvents: false,
  corruptPayload: 0,
  corruptNext: 0,
};

/** The knobs that decide what schemas look like. */
export type SchemaShape = Pick<
  PubsubKnobs,
  'snapshotChangeType' | 'addressChildren' | 'personNameUnion' | 'schemaKeyOrder' | 'formulaInEvents'
>;

export function shapeOf(knobs: PubsubKnobs): SchemaShape {
  const { snapshotChangeType, addressChildren, personNameUnion, schemaKeyOrder, formulaInEvents } = knobs;
  return { snapshotChangeType, addressChildren, personNameUnion, schemaKeyOrder, formulaInEvents };
}
