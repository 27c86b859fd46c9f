/** Time as the use cases see it. Implemented by `platform`; tests bring their own. */
export interface Clock {
  /** Wall time of this host. */
  now(): Date;
  /** Milliseconds that only move forward; for durations and deadlines. */
  monotonic(): number;
  /** Resolves after `ms`, or rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
