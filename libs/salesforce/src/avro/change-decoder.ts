import {
  canonicalInstant,
  canonicalLeaf,
  UmbraError,
  widenRecordId,
  type ChangeDecoder,
  type ChangeHeader,
  type DecodedChange,
  type LeafValue,
} from '@umbra/domain';
import { AvroCursor, AvroMismatch } from './avro-cursor.ts';
import { markedFields } from './change-bitmap.ts';
import { parseChangeSchema, type Branch, type ChangeSchema, type LeafPlan } from './change-schema.ts';

/**
 * Decoder for change events of one schema: bare Avro, read field by field in the order of the schema that the event
 * names. A decoder for another revision of the object would read other fields under the same bits.
 * @throws UmbraError SF_EVENT_UNDECODABLE when the text is no change event schema
 */
export function createChangeDecoder(schemaJson: string): ChangeDecoder {
  const schema = undecodable(() => parseChangeSchema(schemaJson));
  const memory: Memory = {
    header: { entityName: schema.entityName, changeOrigin: '', commitUser: '' },
    marked: new Map(),
  };
  return {
    entityName: schema.entityName,
    leaves: schema.fields.flatMap(({ leaves }) => leaves),
    decode: (payload) => undecodable(() => decode(schema, memory, payload)),
  };
}

/** What events of one schema have in common with those before them. */
interface Memory {
  /** Texts of the last header. */
  header: Pick<ChangeHeader, 'entityName' | 'changeOrigin' | 'commitUser'>;
  /** Leaves by the bitmaps that mark them: few combinations of fields are ever changed together. */
  readonly marked: Map<string, readonly string[]>;
}

const NOTHING: readonly string[] = [];
/** Combinations remembered; beyond it all are forgotten. */
const MOST_MARKED = 2_000;

function undecodable<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new UmbraError('SF_EVENT_UNDECODABLE', 'A change event or its schema could not be read.', {
      cause,
    });
  }
}

function decode(schema: ChangeSchema, memory: Memory, payload: Uint8Array): DecodedChange {
  const cursor = new AvroCursor(payload);
  const header = readHeader(schema, memory, cursor);
  memory.header = header;
  const nulled = cursor.strings();
  const diffed = cursor.strings();
  const changed = cursor.strings();
  const leaves: Record<string, LeafValue> = {};
  const { absentRun, fields } = schema;
  for (let at = 0; ; at++) {
    at += cursor.skipZeros(absentRun[at] ?? 0);
    const field = fields[at];
    if (field === undefined) break;
    readBranch(cursor, field.branches, leaves);
  }
  if (cursor.left > 0) throw new AvroMismatch('bytes behind the end');
  return {
    header,
    leaves,
    changed: leavesOf(schema, memory, changed),
    nulled: leavesOf(schema, memory, nulled),
    diffed: leavesOf(schema, memory, diffed),
  };
}

function readHeader(schema: ChangeSchema, { header: last }: Memory, cursor: AvroCursor): ChangeHeader {
  const entityName = cursor.stringLike(last.entityName);
  const recordIds = cursor.strings().map((id) => widenRecordId(id) ?? id);
  const changeType = schema.changeTypes[cursor.number()];
  if (changeType === undefined) throw new AvroMismatch('unknown change type');
  return {
    entityName,
    recordIds,
    changeType,
    changeOrigin: cursor.stringLike(last.changeOrigin),
    transactionKey: cursor.string(),
    sequenceNumber: cursor.number(),
    commitTimestamp: canonicalInstant(cursor.number()),
    commitNumber: cursor.bigint(),
    commitUser: cursor.stringLike(last.commitUser),
  };
}

function readBranch(
  cursor: AvroCursor,
  branches: readonly Branch[],
  leaves: Record<string, LeafValue>,
): void {
  const branch = branches[branches.length > 1 ? cursor.number() : 0];
  if (branch === undefined) throw new AvroMismatch('unknown branch');
  if (branch.kind === 'leaf') {
    const value = canonicalLeaf(branch.plan.type, readWire(cursor, branch.plan));
    if (value !== null) leaves[branch.plan.leaf] = value;
  } else if (branch.kind === 'compound') {
    for (const child of branch.children) readBranch(cursor, child, leaves);
  }
}

function readWire(cursor: AvroCursor, { wire }: LeafPlan): string | number | boolean {
  switch (wire) {
    case 'string':
      return cursor.string();
    case 'double':
      return cursor.double();
    case 'int':
    case 'long':
      return cursor.number();
    case 'boolean':
      return cursor.boolean();
  }
}

function leavesOf(schema: ChangeSchema, { marked }: Memory, elements: readonly string[]): readonly string[] {
  if (elements.length === 0) return NOTHING;
  const key = elements.length === 1 ? (elements[0] ?? '') : elements.join();
  const known = marked.get(key);
  if (known !== undefined) return known;
  const leaves = namedBy(schema, elements);
  if (marked.size >= MOST_MARKED) marked.clear();
  marked.set(key, leaves);
  return leaves;
}

/** A bit beyond the fields means the wrong schema: stop, since every value would land under a wrong name. */
function namedBy(schema: ChangeSchema, elements: readonly string[]): readonly string[] {
  const names = new Set<string>();
  for (const { field, child } of markedFields(elements)) {
    const marked = schema.fields[field - 1];
    if (marked === undefined) throw new AvroMismatch('bit beyond the schema');
    if (child === undefined) {
      for (const leaf of marked.leaves) names.add(leaf);
      continue;
    }
    const leaf = marked.children[child];
    if (leaf === undefined) throw new AvroMismatch('bit beyond the compound');
    names.add(leaf);
  }
  return [...names];
}
