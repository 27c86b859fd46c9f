import type { Version } from '../version/version.ts';

/** A change in the log, as far as it speaks about time. */
export interface LoggedChange {
  readonly version: Version;
  /** `commitTimestamp`, ISO 8601, whole seconds. */
  readonly committedAt: string;
}

/**
 * Whether a row shows itself older than its stamp claims: some change at or below the stamp was committed after the
 * row's own modification time, so the answer came from a replica that had not seen it yet.
 *
 * The verdict is "read again", never "drop": a row may rightly be older than changes *above* its stamp, and dropping
 * it would lose the leaves that those changes did not touch. Two changes within one second cannot be told apart here.
 */
export function isOlderThanItsStamp(
  read: { readonly version: Version; readonly modifiedAt: string | null },
  logged: Iterable<LoggedChange>,
): boolean {
  if (read.modifiedAt === null) return false;
  for (const change of logged) {
    if (change.version <= read.version && change.committedAt > read.modifiedAt) return true;
  }
  return false;
}
