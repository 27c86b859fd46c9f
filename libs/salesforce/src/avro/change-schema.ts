import type { LeafType } from '@umbra/domain';
import { z } from 'zod';

/** How a leaf travels, and how its value is written in canonical form. */
export interface LeafPlan {
  readonly leaf: string;
  readonly wire: 'string' | 'double' | 'int' | 'long' | 'boolean';
  readonly type: LeafType;
}

/** One branch of a body field's union: nothing, a value, or a compound with children. */
export type Branch =
  | { readonly kind: 'null' }
  | { readonly kind: 'leaf'; readonly plan: LeafPlan }
  | { readonly kind: 'compound'; readonly children: readonly (readonly Branch[])[] };

export interface BodyField {
  readonly branches: readonly Branch[];
  /** A union whose first branch is "nothing": a zero byte says that the field is absent. */
  readonly nullFirst: boolean;
  /** Leaves that a mark on this field stands for: itself, or all of its children. */
  readonly leaves: readonly string[];
  /** Leaf of each child, in order; empty for a plain field. */
  readonly children: readonly string[];
}

export interface ChangeSchema {
  readonly entityName: string;
  readonly changeTypes: readonly string[];
  /** In order; position in the schema is the index here plus 1. */
  readonly fields: readonly BodyField[];
  /** For each field, how many from it on may say by a zero byte that they are absent; 0 for one that may not. */
  readonly absentRun: readonly number[];
}

const recordType = z.looseObject({
  type: z.literal('record'),
  name: z.string(),
  fields: z.array(z.looseObject({ name: z.string(), type: z.unknown(), doc: z.string().optional() })),
});
type RecordType = z.infer<typeof recordType>;

/** Header fields in the order in which they travel. Another order would be another protocol. */
const headerOrder =
  'entityName,recordIds,changeType,changeOrigin,transactionKey,sequenceNumber,commitTimestamp,commitNumber,commitUser,nulledFields,diffFields,changedFields';

const wires = new Set<unknown>(['string', 'double', 'int', 'long', 'boolean']);

/** The token behind the role in a field's `doc` tells dates, instants and ids apart, which Avro's types do not. */
function leafType(wire: LeafPlan['wire'], doc: string): LeafType {
  const [role, token] = doc.split(':');
  if (wire === 'long') return token === 'DateOnly' ? 'date' : token === 'TimeOnly' ? 'time' : 'datetime';
  if (wire === 'double') return 'decimal';
  if (wire === 'int') return 'integer';
  if (wire === 'boolean') return 'boolean';
  return role === 'ForeignKey' ? 'id' : 'text';
}

/** Reads know `BillingAddress.Street` as `BillingStreet`, a custom `Site__c.Latitude` as `Site__Latitude__s`. */
function childLeaf(compound: string, child: string): string {
  if (compound.endsWith('__c')) return `${compound.slice(0, -3)}__${child}__s`;
  return compound.endsWith('Address') ? `${compound.slice(0, -'Address'.length)}${child}` : child;
}

class SchemaReader {
  readonly #named = new Map<string, RecordType>();

  field(name: string, type: unknown, doc: string): BodyField {
    const branches = (Array.isArray(type) ? type : [type]).map((branch) => this.#branch(name, branch, doc));
    const compound = branches.find((branch) => branch.kind === 'compound');
    const children = compound?.children.map((each) => leafOf(each)) ?? [];
    const own = branches.some((branch) => branch.kind === 'leaf') ? [name] : [];
    const nullFirst = branches.length > 1 && branches[0]?.kind === 'null';
    return { branches, nullFirst, leaves: [...own, ...children], children };
  }

  #branch(name: string, type: unknown, doc: string): Branch {
    if (type === 'null') return { kind: 'null' };
    if (wires.has(type)) {
      const wire = type as LeafPlan['wire'];
      return { kind: 'leaf', plan: { leaf: name, wire, type: leafType(wire, doc) } };
    }
    const record = this.#record(type);
    const children = record.fields.map((child) => {
      const leaf = childLeaf(name, child.name);
      return (Array.isArray(child.type) ? child.type : [child.type]).map((branch: unknown) =>
        this.#branch(leaf, branch, child.doc ?? ''),
      );
    });
    return { kind: 'compound', children };
  }

  #record(type: unknown): RecordType {
    if (typeof type === 'string') {
      const known = this.#named.get(type.slice(type.lastIndexOf('.') + 1));
      if (known === undefined) throw new Error(`unknown type ${type}`);
      return known;
    }
    const record = recordType.parse(type);
    this.#named.set(record.name, record);
    return record;
  }
}

function leafOf(branches: readonly Branch[]): string {
  const leaf = branches.find((branch) => branch.kind === 'leaf');
  if (leaf === undefined) throw new Error('a compound inside a compound');
  return leaf.plan.leaf;
}

/** @throws Error when the text is no change event schema */
export function parseChangeSchema(json: string): ChangeSchema {
  const event = recordType.parse(JSON.parse(json));
  const [first, ...body] = event.fields;
  const header = recordType.parse(first?.type);
  if (header.fields.map(({ name }) => name).join() !== headerOrder) throw new Error('unexpected header');
  const changeType = z
    .looseObject({ symbols: z.array(z.string()) })
    .parse(header.fields.find(({ name }) => name === 'changeType')?.type);
  const reader = new SchemaReader();
  const entity = event.name.replace(/ChangeEvent$/, '');
  const fields = body.map(({ name, type, doc }) => reader.field(name, type, doc ?? ''));
  const absentRun = fields.map(() => 0);
  for (let at = fields.length - 1; at >= 0; at--)
    absentRun[at] = fields[at]?.nullFirst === true ? (absentRun[at + 1] ?? 0) + 1 : 0;
  return {
    entityName: entity.endsWith('__') ? `${entity}c` : entity,
    changeTypes: changeType.symbols,
    fields,
    absentRun,
  };
}
