import type { Commit } from './commit.ts';

/** Every commit since the org opened, oldest first. The tail is in memory, the rest in a file. */
export interface History {
  /** Number of commits. */
  readonly length: number;
  /** Commits with `seq >= from` (default 1), as of the moment of the call or later. */
  commits(from?: number): Generator<Commit, void>;
  /** Visible commit with the highest number, undefined before the first. */
  readonly last: Commit | undefined;
}
