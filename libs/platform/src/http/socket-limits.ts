/** How long a client may take, and how many may be connected, so that slow ones cannot hold what the others need. */
export interface SocketLimits {
  /** From the connection, or the end of the last answer, to the end of the headers, in milliseconds. */
  readonly headersTimeoutMs: number;
  /** To the end of the body, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Longest silence of a connection in either direction: a reader that takes no bytes counts as silent. */
  readonly idleTimeoutMs: number;
  /** How often connections are held against the first two bounds, in milliseconds. */
  readonly checkEveryMs: number;
  /** Connections beyond this number are closed at once. */
  readonly maxSockets: number;
}

/**
 * Both processes live behind proxies or on loopback: 10 s for headers are generous there. 5,000 idle connections cost
 * some 100 MB, the most that slow clients may take.
 */
export const socketLimits: SocketLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  idleTimeoutMs: 60_000,
  checkEveryMs: 2_000,
  maxSockets: 5_000,
};
