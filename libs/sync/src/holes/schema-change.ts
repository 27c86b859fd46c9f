import type { CoverageLedger, PendingChange, RunStore, ShadowStore } from '@umbra/domain';
import type { SchemaBook } from '../ingest/schema-book.ts';

export interface SchemaChangeDeps {
  readonly schemas: SchemaBook;
  readonly runs: Pick<RunStore, 'recentRuns' | 'slices'>;
  readonly store: Pick<ShadowStore, 'leavesOf'>;
  readonly ledger: CoverageLedger;
}

const RECENT_RUNS = 20;

/**
 * Compares the leaves of a schema that is new to this process with those of the newest full read of its object. A
 * leaf that no full read has shown is empty in every record that has not changed since: the object has a hole until
 * it is read in full. Before the first full read there is nothing to break.
 * @param first the first change of that schema: the leaf existed when it was committed
 */
export async function noteSchema(
  deps: SchemaChangeDeps,
  schemaId: string,
  first: PendingChange,
): Promise<void> {
  const ready = deps.schemas.ready(schemaId);
  if (ready === undefined) return;
  const { object, version, committedAt } = first;
  for (const run of await deps.runs.recentRuns(RECENT_RUNS)) {
    if (run.state !== 'complete' || run.since !== null || !run.objects.includes(object)) continue;
    const [slice] = (await deps.runs.slices(run.id)).filter((one) => one.object === object);
    if (slice?.schemaRev === null || slice?.schemaRev === undefined) continue;
    const read = await deps.store.leavesOf(object, slice.schemaRev);
    if ([...ready.revision.leaves].every((leaf) => read.has(leaf))) return;
    await deps.ledger.open({
      object,
      scope: 'object',
      recordId: null,
      cause: 'schema-changed',
      from: new Date(committedAt),
      version,
    });
    return;
  }
}
