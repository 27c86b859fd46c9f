import { canonicalLeaf, leafTypeOf, type Leaves, type LeafType, type LeafValue } from '@umbra/domain';
import type { FieldPaths } from './field-paths.ts';
import { invalid, type SObjectRecord } from './queries.ts';

/** Reads the asked fields of a record in canonical form, under the names they were asked by. */
export function leafReader(fields: readonly string[], names: FieldPaths): (found: SObjectRecord) => Leaves {
  const columns = fields.map((name) => {
    const { path, describe } = names.resolved(name);
    return { name, path, type: leafTypeOf(describe.type) };
  });
  return (found) => {
    const leaves: Record<string, LeafValue> = {};
    for (const { name, path, type } of columns) {
      const value = leafValue(name, type, valueAt(found, path));
      if (value !== null) leaves[name] = value;
    }
    return leaves;
  };
}

/** A parent that is not set is null, and so are its fields. */
function valueAt(found: SObjectRecord, path: readonly string[]): unknown {
  let value: unknown = found;
  for (const key of path) {
    if (value === null || value === undefined) return null;
    if (typeof value !== 'object') throw invalid('no record where one was asked for');
    value = (value as SObjectRecord)[key];
  }
  return value;
}

function leafValue(name: string, type: LeafType, value: unknown): LeafValue {
  if (value !== null && value !== undefined && typeof value === 'object')
    throw invalid(`no scalar in ${name}`);
  try {
    return canonicalLeaf(type, value as LeafValue);
  } catch {
    throw invalid(`an unreadable ${type} in ${name}`);
  }
}
