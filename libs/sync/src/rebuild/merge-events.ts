import {
  readChange,
  type LoggedEvent,
  type MirroredObjectName,
  type PendingChange,
  type StoredChange,
} from '@umbra/domain';
import { applyInputs } from '../apply/apply-inputs.ts';
import { laneInputs, type SchemasAtHand } from '../apply/lane-inputs.ts';
import type { Mirror } from '../mirror/mirror.ts';

export interface MergedEvents {
  readonly events: number;
  readonly written: number;
  /** Changes that could not be merged as what they are: their records are dirty until a read has told. */
  readonly poisoned: number;
}

/**
 * Merges stored changes once more, whatever became of them before. The merge asks for versions and not for the past, so
 * doing it twice changes nothing, and doing it late changes what was lost.
 */
export async function mergeChanges(
  mirror: Mirror,
  schemas: SchemasAtHand,
  changes: readonly PendingChange[],
): Promise<Omit<MergedEvents, 'events'>> {
  let poisoned = 0;
  let written = 0;
  const { byObject } = laneInputs(schemas, changes, ({ object, recordId }, error) => {
    poisoned++;
    mirror.log.error({ err: error, object, recordId }, 'logged change cannot be merged');
  });
  for (const { inputs, object } of byObject) written += (await applyInputs(mirror, object, inputs)).written;
  return { written, poisoned };
}

/**
 * Takes logged events apart into the changes of these objects, from their bytes alone.
 * @param objects others are left out
 */
export function changesOf(
  schemas: SchemasAtHand,
  events: readonly LoggedEvent[],
  objects: ReadonlySet<MirroredObjectName>,
): readonly PendingChange[] {
  return events.flatMap((event) => {
    const schema = schemas.ready(event.schemaId);
    if (schema?.object === undefined || !objects.has(schema.object)) return [];
    const { epoch, payload, schemaId, streamId, streamSeq } = event;
    const changes: readonly StoredChange[] = readChange(epoch, schema.decoder.decode(payload)).changes;
    return changes.map((change) => ({ ...change, streamId, streamSeq, schemaId, payload }));
  });
}
