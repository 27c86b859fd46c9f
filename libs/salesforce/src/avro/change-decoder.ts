import {
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
  return {
    entityName: schema.entityName,
    leaves: schema.fields.flatMap(({ leaves }) => leaves),
    decode: (payload) => undecodable(() => decode(schema, payload)),
  };
}

function undecodable<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new UmbraError('SF_EVENT_UNDECODABLE', 'A change event or its schema could not be read.', {
      cause,
    });
  }
}

function decode(schema: ChangeSchema, payload: Uint8Array): DecodedChange {
  const cursor = new AvroCursor(payload);
  const header = readHeader(schema, cursor);
  const [nulled, diffed, changed] = [cursor.strings(), cursor.strings(), cursor.strings()];
  const leaves: Record<string, LeafValue> = {};
  for (const { branches } of schema.fields) readBranch(cursor, branches, leaves);
  if (cursor.left > 0) throw new AvroMismatch('bytes behind the end');
  const named = (elements: readonly string[]): string[] => leavesOf(schema, elements);
  return { header, leaves, changed: named(changed), nulled: named(nulled), diffed: named(diffed) };
}

function readHeader(schema: ChangeSchema, cursor: AvroCursor): ChangeHeader {
  const entityName = cursor.string();
  const recordIds = cursor.strings().map((id) => widenRecordId(id) ?? id);
  const changeType = schema.changeTypes[cursor.number()];
  if (changeType === undefined) throw new AvroMismatch('unknown change type');
  return {
    entityName,
    recordIds,
    changeType,
    changeOrigin: cursor.string(),
    transactionKey: cursor.string(),
    sequenceNumber: cursor.number(),
    commitTimestamp: new Date(cursor.number()).toISOString(),
    commitNumber: cursor.bigint(),
    commitUser: cursor.string(),
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

/** A bit beyond the fields means the wrong schema: stop, since every value would land under a wrong name. */
function leavesOf(schema: ChangeSchema, elements: readonly string[]): string[] {
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
