/**
 * How stale an answer of Salesforce's API may be, in milliseconds: a commit becomes visible to every read within this
 * time. An assumption about the source that nobody can prove from outside; five minutes is the conservative choice.
 */
export const SOURCE_STALENESS_MS = 5 * 60 * 1000;

/** What a complete read of an object proves: every commit up to this instant (source clock) is in it. */
export function provenThrough(readStartedAt: Date): Date {
  return new Date(readStartedAt.getTime() - SOURCE_STALENESS_MS);
}
