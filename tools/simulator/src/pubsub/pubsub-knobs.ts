/** Everything about the change stream that can be turned while the org runs. Times in seconds unless named otherwise. */
export interface PubsubKnobs {
  // what is published
  /** Objects selected for change data capture: their own topics, and `/data/ChangeEvents`. */
  entities: readonly string[];
  /** Custom channels: name (`Catalog__chn`) to the objects it carries. */
  channels: Readonly<Record<string, readonly string[]>>;
  /** Share 0..1 of change events that are never published. */
  dropEvents: number;
  /** Share 0..1 of change events that become a gap event. */
  gapEvents: number;
  /** Changed texts of over 1,000 characters travel as a unified diff. */
  diffText: boolean;
  /** Changes in one commit above which the rest becomes one overflow event per object. */
  overflowAbove: number;
  /** Changes of prices that fall with their product are published too. */
  cascadeEvents: boolean;
  // order and identity
  /** Events are published in an order shuffled within windows of this many; 0: commit order. */
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
  /** Nothing is written any more, and no stream ends: half-open connections. */
  silence: boolean;
  /** Events are published but not delivered; keep-alives go on. */
  holdEvents: boolean;
  /** Events per client and 24 h by the org's clock; 0: unlimited. */
  deliveryCap: number;
  deliveryCapStatus: 8 | 3 | 13;
  topicPermissionStatus: 7 | 5;
  idleCloseStatus: 14 | 13;
  // schema
  /** Schema ids that GetSchema does not know for now. */
  hideSchemas: readonly string[];
  snapshotChangeType: boolean;
  addressChildren: 8 | 10 | 11;
  personNameUnion: boolean;
  parentBit: boolean;
  schemaKeyOrder: 'type-first' | 'name-first';
  formulaInEvents: boolean;
  /** Share 0..1 of events whose payload is cut short. */
  corruptPayload: number;
}

export const defaultPubsubKnobs: PubsubKnobs = {
  entities: ['Product2', 'PricebookEntry', 'Account'],
  channels: {},
  dropEvents: 0,
  gapEvents: 0,
  diffText: false,
  overflowAbove: 100_000,
  cascadeEvents: true,
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
  topicPermissionStatus: 7,
  idleCloseStatus: 14,
  hideSchemas: [],
  snapshotChangeType: true,
  addressChildren: 10,
  personNameUnion: true,
  parentBit: false,
  schemaKeyOrder: 'type-first',
  formulaInEvents: false,
  corruptPayload: 0,
};
