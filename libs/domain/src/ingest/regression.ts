/** A position that was stored long enough ago, with the modification time that came with it. */
export interface OldPosition {
  readonly commitNumber: bigint;
  /** ISO 8601. */
  readonly commitTimestamp: string;
}

/** Later than any disorder of the bus explains, and earlier than anybody would wait for a new numbering to show. */
const LATER_BY_MS = 60_000;

/**
 * Whether an event shows that commit numbers have begun anew: its number lies below a position that was durable long
 * ago, while it was committed well after that position.
 *
 * A number that merely falls is a late event or a duplicate and means nothing: raising the epoch for it would let the
 * older event win.
 */
export function numbersRestarted(
  event: { readonly commitNumber: bigint; readonly commitTimestamp: string },
  old: OldPosition | undefined,
): boolean {
  return (
    old !== undefined &&
    event.commitNumber < old.commitNumber &&
    Date.parse(event.commitTimestamp) - Date.parse(old.commitTimestamp) > LATER_BY_MS
  );
}
