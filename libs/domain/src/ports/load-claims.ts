/** What one process loads on behalf of all. */
export interface LoadClaim {
  /** Keys that another process is loading now. */
  readonly taken: ReadonlySet<string>;
  /** After the load, whatever became of it. */
  release(): Promise<void>;
}

/**
 * Keeps the processes of a fleet from loading the same thing at the same time. A claim ends by itself, so that a
 * process which dies holds nobody up for longer. Without its server, or when in doubt, nothing counts as taken: the
 * claim saves work, no answer depends on it. Nothing throws.
 */
export interface LoadClaims {
  /** Claims those of the keys that nobody has claimed. */
  claim(keys: readonly string[], lifeMs: number): Promise<LoadClaim>;
}
