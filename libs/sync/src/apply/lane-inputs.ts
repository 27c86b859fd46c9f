import {
  changeInput,
  isUmbraError,
  mirroredObjectNames,
  poisonInput,
  UmbraError,
  type DecodedChange,
  type MergeInput,
  type MirroredObjectName,
  type PendingChange,
  type Version,
} from '@umbra/domain';
import type { KnownSchema, SchemaBook } from '../ingest/schema-book.ts';

/** Schemas whose events can be read without waiting for anything. */
export type SchemasAtHand = Pick<SchemaBook, 'ready'>;

/** Records of one object that only a read can complete, with the version that the read has to reach. */
export interface WantedRefresh {
  readonly object: MirroredObjectName;
  readonly recordId: string;
  readonly atLeast: Version;
}

export interface LaneInputs {
  /** Parents before their children. */
  readonly byObject: readonly {
    readonly object: MirroredObjectName;
    readonly inputs: readonly MergeInput[];
  }[];
  readonly refresh: readonly WantedRefresh[];
}

/**
 * The schemas that these changes name and that the book is not ready for. Empty when the batch can be read.
 * @param unreadable schemas that were tried and cannot be had
 */
export function schemasToPrepare(
  book: SchemaBook,
  changes: readonly PendingChange[],
  unreadable: ReadonlySet<string>,
): readonly string[] {
  const ids = new Set(changes.map(({ schemaId }) => schemaId));
  return [...ids].filter((id) => book.ready(id) === undefined && !unreadable.has(id));
}

/**
 * The statements that stored changes make. An event is decoded once for all the records it names. A change that does
 * not decode, or says what nobody knows, becomes poison: the record is read again, and the lane goes on.
 */
export function laneInputs(
  book: SchemasAtHand,
  changes: readonly PendingChange[],
  poisoned: (change: PendingChange, error: unknown) => void,
): LaneInputs {
  const decoded = new Map<Uint8Array, DecodedChange>();
  const inputs = new Map<MirroredObjectName, MergeInput[]>();
  const refresh = new Map<string, WantedRefresh>();
  for (const change of changes) {
    const input = inputOf(book, decoded, change, poisoned);
    const known = inputs.get(change.object);
    if (known === undefined) inputs.set(change.object, [input]);
    else known.push(input);
    if (needsRead(input)) want(refresh, input);
  }
  return {
    byObject: mirroredObjectNames.flatMap((object) => {
      const own = inputs.get(object);
      return own === undefined ? [] : [{ object, inputs: own }];
    }),
    refresh: [...refresh.values()],
  };
}

function inputOf(
  book: SchemasAtHand,
  decoded: Map<Uint8Array, DecodedChange>,
  change: PendingChange,
  poisoned: (change: PendingChange, error: unknown) => void,
): MergeInput {
  const schema = book.ready(change.schemaId);
  try {
    if (schema === undefined)
      throw new UmbraError('SF_SCHEMA_UNKNOWN', 'the schema of a change cannot be had');
    return changeInput(change, decodedOnce(schema, decoded, change.payload), schema.revision);
  } catch (error) {
    if (!(error instanceof RangeError) && !isUmbraError(error)) throw error;
    poisoned(change, error);
    return poisonInput(change);
  }
}

function decodedOnce(
  { decoder }: KnownSchema,
  decoded: Map<Uint8Array, DecodedChange>,
  payload: Uint8Array,
): DecodedChange {
  const known = decoded.get(payload) ?? decoder.decode(payload);
  decoded.set(payload, known);
  return known;
}

/** Values are missing that only Salesforce can tell. */
function needsRead(input: MergeInput): boolean {
  if (input.kind === 'gap') return input.change !== 'delete';
  return input.kind === 'poison' || (input.kind === 'update' && input.diffed.length > 0);
}

function want(refresh: Map<string, WantedRefresh>, { object, recordId, version }: MergeInput): void {
  const key = `${object} ${recordId}`;
  const known = refresh.get(key);
  if (known === undefined || version > known.atLeast)
    refresh.set(key, { object, recordId, atLeast: version });
}
