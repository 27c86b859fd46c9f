import {
  leafSchemaOf,
  mirroredObjects,
  type Leaves,
  type LeafSchema,
  type MergeInput,
  type MirroredObjectName,
  type RecordSource,
  type Version,
} from '@umbra/domain';
import type { Mirror } from './mirror.ts';

/** What rows of a full read state: every leaf of a schema revision, and the read-only ones beside it. */
export interface ImageShape {
  readonly object: MirroredObjectName;
  readonly schema: Pick<LeafSchema, 'stored' | 'readOnly'>;
  readonly revision: number;
}

/** What a full read of an object selects, and the schema revision that it is a full image of. */
export interface ReadShape extends ImageShape {
  readonly schema: LeafSchema;
}

/** Asks the org for the object's fields as they are now. Call before every read job: fields come and go. */
export async function readShape(
  mirror: Mirror,
  records: RecordSource,
  object: MirroredObjectName,
): Promise<ReadShape> {
  const schema = leafSchemaOf(mirroredObjects[object], await records.describe(object));
  const revision = await mirror.store.schemaRevision(object, schema.stored);
  // Stored records may be of any earlier revision.
  await mirror.revisions.load(
    object,
    Array.from({ length: revision }, (_, i) => i + 1),
  );
  return { object, schema, revision };
}

/** What all rows of one read share. */
export interface ReadFacts<Shape extends ImageShape = ReadShape> {
  readonly shape: Shape;
  readonly stamp: Version;
  /** Source time of the read, ISO 8601. */
  readonly readAt: string;
}

/**
 * A row of a full read as a statement for the merge.
 * @param leaves canonical leaves with a value, read-only ones included
 */
export function statementOf(facts: ReadFacts<ImageShape>, recordId: string, leaves: Leaves): MergeInput {
  const { object, revision, schema } = facts.shape;
  const text = (leaf: string): string | null => {
    const value = leaves[leaf];
    return typeof value === 'string' ? value : null;
  };
  const statement = { object, recordId, version: facts.stamp, modifiedAt: text('SystemModstamp') };
  if (leaves['IsDeleted'] === true) {
    return { ...statement, kind: 'read-deleted', masterId: text('MasterRecordId') };
  }
  return {
    ...statement,
    kind: 'read',
    image: { revision },
    leaves,
    readOnly: schema.readOnly,
    readAt: facts.readAt,
  };
}
