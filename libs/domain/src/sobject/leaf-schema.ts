import type { FieldDescribe, ObjectDescribe } from './describe.ts';
import { leafTypeOf, type LeafType } from './leaf.ts';
import type { MirroredObject, MirroredObjectName } from './mirrored-object.ts';

/**
 * One field space for events and reads: the scalar leaves of an object, compounds taken apart, each in one of two
 * classes. `stored` leaves are carried by change events and have a version each; `read-only` leaves (formulas, and
 * whatever the event schema lacks) are told by reads alone and share one version.
 */
export type LeafClass = 'stored' | 'read-only';

export interface LeafSpec {
  readonly name: string;
  readonly type: LeafType;
  readonly class: LeafClass;
}

export interface LeafSchema {
  readonly object: MirroredObjectName;
  /** In describe order: the field list of a read. */
  readonly leaves: readonly LeafSpec[];
  /** Names of the stored leaves, sorted: the leaf set of the schema revision that a full read belongs to. */
  readonly stored: readonly string[];
  /** Names of the read-only leaves, sorted. */
  readonly readOnly: readonly string[];
}

/** Neither a scalar nor selectable through the Bulk API. */
function isUnreadable(field: FieldDescribe): boolean {
  return field.type === 'address' || field.type === 'location' || field.type === 'base64';
}

/**
 * The leaves that describe lists, so that field-level security selects what is mirrored.
 *
 * A text field that other fields name as their compound (`Account.Name` in an org with person accounts) can be read
 * as text, but change events carry its parts instead: it is read-only.
 */
export function leafSchemaOf(object: MirroredObject, describe: ObjectDescribe): LeafSchema {
  const compounds = new Set(describe.fields.map((field) => field.compoundFieldName));
  const readOnly = new Set(object.readOnlyLeaves);
  const leaves = describe.fields
    .filter((field) => !isUnreadable(field))
    .map((field): LeafSpec => ({
      name: field.name,
      type: leafTypeOf(field.type),
      class:
        field.calculated || readOnly.has(field.name) || compounds.has(field.name) ? 'read-only' : 'stored',
    }));
  const named = (wanted: LeafClass): string[] =>
    leaves
      .filter((leaf) => leaf.class === wanted)
      .map((leaf) => leaf.name)
      .sort();
  return { object: object.name, leaves, stored: named('stored'), readOnly: named('read-only') };
}
