import type { LoggedChanges, LoggedChangesFilter, MirroredObjectName } from '@umbra/domain';
import type { Mirror } from '../mirror/mirror.ts';
import type { KeptSchemaBook } from '../rebuild/kept-schema-book.ts';
import { mergeChanges } from '../rebuild/merge-events.ts';

export interface ReplayDeps {
  readonly mirror: Mirror;
  readonly changes: LoggedChanges;
  readonly schemas: KeptSchemaBook;
}

export interface ReplayOptions {
  readonly filter: LoggedChangesFilter;
  /** Counts what would be merged, and changes nothing. */
  readonly dryRun: boolean;
  readonly signal?: AbortSignal;
}

export interface ReplayReport {
  readonly changes: number;
  readonly records: number;
  /** By object and change type. */
  readonly counts: readonly {
    readonly object: MirroredObjectName;
    readonly changeType: string;
    readonly count: number;
  }[];
  /** Records that the shadow did not hold as the log says. */
  readonly written: number;
  readonly poisoned: number;
}

/**
 * Merges stored changes once more, whatever became of them before: after a defect in decoding or merging was mended, or
 * when a record looks wrong. Versions decide as ever, so what is right stays as it is, and what is newer stays newer.
 * @throws UmbraError SYNC_NOTHING_KEPT when the schema of an event was not kept, STORE_*
 */
export async function replayChanges(deps: ReplayDeps, options: ReplayOptions): Promise<ReplayReport> {
  const { changes: log, mirror, schemas } = deps;
  const records = new Set<string>();
  const counts = new Map<string, { object: MirroredObjectName; changeType: string; count: number }>();
  let [changes, written, poisoned] = [0, 0, 0];
  for await (const batch of log.read(options.filter)) {
    if (options.signal?.aborted === true) break;
    changes += batch.length;
    for (const { changeType, object, recordId } of batch) {
      records.add(`${object} ${recordId}`);
      const key = `${object} ${changeType}`;
      const known = counts.get(key) ?? { object, changeType, count: 0 };
      counts.set(key, { ...known, count: known.count + 1 });
    }
    if (options.dryRun) continue;
    await schemas.prepare(batch.map(({ schemaId }) => schemaId));
    const merged = await mergeChanges(mirror, schemas, batch);
    written += merged.written;
    poisoned += merged.poisoned;
  }
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
  return { changes, records: records.size, counts: sorted, written, poisoned };
}
