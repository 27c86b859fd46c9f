import { UmbraError, type FieldDescribe } from '@umbra/domain';
import type { DescribedObject, Describes } from './describe.ts';
import type { NamedFields } from './soql.ts';

/** A field that a query names, and where its value stands in a record of the answer. */
export interface ResolvedField {
  readonly describe: FieldDescribe;
  /** Keys from the record down: `['Product2', 'StockKeepingUnit']`, in describe's spelling. */
  readonly path: readonly string[];
}

/** SOQL allows five levels of parents. */
const deepestPath = 6;

/**
 * Names of a query, looked up in describe: own fields, and parent fields along references to one object.
 * Salesforce ignores case in names, so this does too.
 */
export class FieldPaths implements NamedFields {
  readonly #byName: ReadonlyMap<string, ResolvedField>;

  constructor(byName: ReadonlyMap<string, ResolvedField>) {
    this.#byName = byName;
  }

  field(name: string): FieldDescribe {
    return this.resolved(name).describe;
  }

  resolved(name: string): ResolvedField {
    const found = this.#byName.get(name.toLowerCase());
    if (found === undefined) throw unknownField(name);
    return found;
  }
}

/** @throws UmbraError SF_QUERY_REJECTED for a name that describe does not list */
export async function resolveFields(
  object: DescribedObject,
  names: readonly string[],
  describes: Describes,
): Promise<FieldPaths> {
  const byName = new Map<string, ResolvedField>();
  for (const name of names) {
    const key = name.toLowerCase();
    if (!byName.has(key)) byName.set(key, await resolve(object, name, describes));
  }
  return new FieldPaths(byName);
}

async function resolve(object: DescribedObject, name: string, describes: Describes): Promise<ResolvedField> {
  const parts = name.split('.');
  if (parts.length > deepestPath) throw unknownField(name);
  const path: string[] = [];
  let at = object;
  for (const relationship of parts.slice(0, -1)) {
    const reference = at.fields.find((field) => sameName(field.relationshipName, relationship));
    const [parent, ...others] = reference?.referenceTo ?? [];
    // A reference to several objects (Owner) has no fields that describe could vouch for.
    if (reference?.relationshipName == null || parent === undefined || others.length > 0)
      throw unknownField(name);
    path.push(reference.relationshipName);
    at = await describes.recent(parent);
  }
  const describe = at.fields.find((field) => sameName(field.name, parts.at(-1) ?? ''));
  if (describe === undefined) throw unknownField(name);
  return { describe, path: [...path, describe.name] };
}

function sameName(known: string | null, asked: string): boolean {
  return known !== null && known.toLowerCase() === asked.toLowerCase();
}

function unknownField(name: string): UmbraError {
  // A name from a caller is shown only if it looks like one.
  const field = /^[A-Za-z][A-Za-z0-9_.]{0,199}$/.test(name) ? name : '(unprintable)';
  return new UmbraError('SF_QUERY_REJECTED', `The query cannot be asked: no field ${field}`, {
    details: { problem: 'unknown field', field },
  });
}
