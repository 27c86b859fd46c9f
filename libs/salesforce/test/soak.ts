/** What a client holds after a full collection. */
export interface Held {
  readonly heapMb: number;
  /** Buffers outside the heap. */
  readonly bufferMb: number;
  /** Sockets, timers and the like that the event loop waits for. */
  readonly handles: number;
  /** Whatever one can listen to. */
  readonly emitters: number;
  /** Every listener is one. */
  readonly functions: number;
}

export interface SoakOrder {
  readonly loginUrl: string;
  /** `host:port`, without TLS. */
  readonly endpoint: string;
  readonly clientId: string;
  readonly username: string;
  readonly privateKeyFile: string;
  readonly seconds: number;
  /** Every stream is ended and resumed so often. */
  readonly reconnectSeconds: number;
}

export interface SoakReport {
  readonly received: number;
  readonly reconnects: number;
  /** One for each round of reconnects, the first tenth left out: caches fill then. */
  readonly held: readonly Held[];
}
