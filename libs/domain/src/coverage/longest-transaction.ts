/**
 * Longest time from the moment at which a transaction stamps a record (`SystemModstamp`) to the moment at which it is
 * visible, in milliseconds. Salesforce ends synchronous transactions after ten minutes of CPU and call-outs together.
 */
export const LONGEST_TRANSACTION_MS = 10 * 60 * 1000;

/**
 * From where a delta has to read so that it proves every commit after `provenUntil`: a record committed then may carry
 * the stamp of a transaction that began this much earlier.
 */
export function deltaStart(provenUntil: Date): Date {
  return new Date(provenUntil.getTime() - LONGEST_TRANSACTION_MS);
}

/** Where the proof of a delta begins that read every stamp from `start` on. */
export function deltaProvesFrom(start: Date): Date {
  return new Date(start.getTime() + LONGEST_TRANSACTION_MS);
}
