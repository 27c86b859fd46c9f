import type { JsonValue, MirroredObjectName } from '@umbra/domain';
import { throwIfStopped } from '../backfill/stop.ts';
import { readShape } from '../mirror/read-shape.ts';
import type { ReconcileDeps } from '../reconcile/reconcile-deps.ts';

const AT_ONCE = 5_000;

export interface CleanedUp {
  /** Records from which a leaf went that describe lists no longer. */
  readonly cleaned: number;
  /** Leaves that describe lists now and that the last chain did not see. */
  readonly appeared: readonly string[];
  /** What describe lists now. */
  readonly listed: readonly string[];
}

/**
 * Removes leaves that describe no longer lists, and notices those that have appeared: such a field is empty in every
 * record that has not changed since, so its object is read in full.
 *
 * Leaves that are listed now and were removed before come back with that read.
 * @param before what describe listed in the last chain; null: unknown, so that nothing counts as new
 */
export async function cleanUp(
  deps: ReconcileDeps,
  object: MirroredObjectName,
  before: readonly string[] | null,
  signal: AbortSignal,
): Promise<CleanedUp> {
  const { clock, mirror, records } = deps.backfill;
  const { schema } = await readShape(mirror, records, object);
  const listed = schema.leaves.map(({ name }) => name).sort();
  const known = new Set(before ?? listed);
  const appeared = listed.filter((leaf) => !known.has(leaf));
  if (appeared.length > 0) {
    const from = clock.now();
    const cause = 'schema-changed';
    await deps.ledger.open({ object, scope: 'object', recordId: null, cause, from, version: null });
  }
  const gone = before !== null && before.some((leaf) => !listed.includes(leaf));
  let cleaned = 0;
  // Reading every record to find none with such a leaf is not worth it while the list is the same.
  for (let after: string | null = gone || before === null ? '' : null; after !== null;) {
    throwIfStopped(signal);
    const page = await deps.comparison.dropUnlisted(object, listed, after, AT_ONCE);
    cleaned += page.cleaned;
    after = page.next;
  }
  return { cleaned, appeared, listed };
}

/** The lists of leaves that a report of the chain carries, by object. */
export function listedBefore(
  report: JsonValue | undefined,
  object: MirroredObjectName,
): readonly string[] | null {
  const found = (report as { listed?: Record<string, readonly string[]> } | null | undefined)?.listed?.[
    object
  ];
  return Array.isArray(found) ? found : null;
}
