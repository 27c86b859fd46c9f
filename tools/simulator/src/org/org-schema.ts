import { describeGlobal, describeObject } from './describe-object.ts';
import { convertValue, losesData } from './field-conversion.ts';
import { idOf } from './ids.ts';
import { SalesforceError, type SfValue } from './record.ts';
import type {
  FieldSchema,
  FieldSpec,
  ObjectFlags,
  ObjectSchema,
  ObjectSpec,
  Schema,
  SchemaChange,
} from './schema.ts';

/** A field as the store knows it. */
export interface FieldEntry extends FieldSchema {
  /** Key of its stored values: a field added again under an old name does not find the old values. */
  readonly storage: string;
  /** Set after a change of type: stored values are of an earlier type. */
  readonly convert: ((value: SfValue) => SfValue) | undefined;
}

const defaultFlags: ObjectFlags = {
  createable: true,
  updateable: true,
  deletable: true,
  undeletable: true,
  replicateable: true,
  queryable: true,
  mergeable: false,
  triggerable: false,
  searchable: false,
  layoutable: false,
};

/** `BillingStreet` → `Billing Street`, `OwnerId` → `Owner ID`, `Churn_Risk__c` → `Churn Risk`. */
function labelOf(name: string): string {
  return name
    .replace(/__c$/, '')
    .replaceAll('_', ' ')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/ Id$/, ' ID');
}

export class ObjectEntry implements ObjectSchema {
  readonly name: string;
  readonly label: string;
  readonly labelPlural: string;
  readonly keyPrefix: string;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly deletable: boolean;
  readonly undeletable: boolean;
  readonly replicateable: boolean;
  readonly queryable: boolean;
  readonly mergeable: boolean;
  readonly triggerable: boolean;
  readonly searchable: boolean;
  readonly layoutable: boolean;
  fields: readonly FieldEntry[] = [];
  /** Fields with values: no compounds, nothing derived. */
  stored: readonly FieldEntry[] = [];
  readonly hidden = new Set<string>();
  revision = 1;
  changedAt: number;
  #byName = new Map<string, FieldEntry>();

  constructor(spec: ObjectSpec, fields: readonly FieldEntry[], openedAt: number) {
    const flags = { ...defaultFlags, ...spec.flags };
    this.name = spec.name;
    this.label = spec.label;
    this.labelPlural = spec.labelPlural;
    this.keyPrefix = spec.keyPrefix;
    this.createable = flags.createable;
    this.updateable = flags.updateable;
    this.deletable = flags.deletable;
    this.undeletable = flags.undeletable;
    this.replicateable = flags.replicateable;
    this.queryable = flags.queryable;
    this.mergeable = flags.mergeable;
    this.triggerable = flags.triggerable;
    this.searchable = flags.searchable;
    this.layoutable = flags.layoutable;
    this.changedAt = openedAt;
    this.replaceFields(fields);
  }

  field(name: string): FieldEntry | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  replaceFields(fields: readonly FieldEntry[]): void {
    this.fields = fields;
    this.stored = fields.filter(
      (field) => !field.compound && field.derivedFrom === undefined && field.type !== 'id',
    );
    this.#byName = new Map(fields.map((field) => [field.name.toLowerCase(), field]));
  }

  /** Field-level security names a compound; its components follow it. */
  isHidden(field: FieldEntry): boolean {
    if (this.hidden.has(field.name)) return true;
    const compound = field.compoundFieldName;
    return compound !== undefined && this.hidden.has(compound);
  }
}

/** Objects and fields of the org, changeable while it runs. */
export class OrgSchema implements Schema {
  readonly #now: () => number;
  readonly #objects: ObjectEntry[] = [];
  readonly #byName = new Map<string, ObjectEntry>();
  readonly #byPrefix = new Map<string, ObjectEntry>();
  readonly #listeners = new Set<(change: SchemaChange) => void>();
  readonly #generations = new Map<string, number>();
  #customFields = 0;
  #revision = 1;

  constructor(specs: readonly ObjectSpec[], now: () => number) {
    this.#now = now;
    for (const spec of specs) {
      const entry = new ObjectEntry(
        spec,
        spec.fields.map((field) => this.#entryOf(spec.name, field)),
        now(),
      );
      this.#objects.push(entry);
      this.#byName.set(spec.name.toLowerCase(), entry);
      this.#byPrefix.set(spec.keyPrefix, entry);
    }
  }

  get revision(): number {
    return this.#revision;
  }

  get objects(): readonly ObjectEntry[] {
    return this.#objects;
  }

  object(name: string): ObjectEntry | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  objectByPrefix(prefix: string): ObjectEntry | undefined {
    return this.#byPrefix.get(prefix);
  }

  isHidden(object: string, field: string): boolean {
    const entry = this.object(object);
    const found = entry?.field(field);
    return entry === undefined || found === undefined ? false : entry.isHidden(found);
  }

  onChange(listener: (change: SchemaChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  describeGlobal(apiVersion: string): Record<string, unknown> {
    return describeGlobal(this.#objects, apiVersion);
  }

  describe(object: string, apiVersion: string): Record<string, unknown> {
    const entry = this.#required(object);
    const visible = entry.fields.filter((field) => !entry.isHidden(field));
    return describeObject(entry, this.#objects, visible, apiVersion);
  }

  addField(object: string, spec: FieldSpec, before?: string): void {
    const entry = this.#required(object);
    if (entry.field(spec.name) !== undefined) {
      throw new SalesforceError(
        400,
        'DUPLICATE_DEVELOPER_NAME',
        `There is already a field named ${spec.name} on ${object}.`,
      );
    }
    const fields = [...entry.fields];
    const at = before === undefined ? fields.length : fields.indexOf(this.#requiredField(entry, before));
    fields.splice(at, 0, this.#entryOf(entry.name, spec));
    this.#replace(entry, fields, { kind: 'added', object: entry.name, field: spec.name });
  }

  removeField(object: string, field: string): void {
    const entry = this.#required(object);
    const gone = this.#requiredField(entry, field);
    if (!gone.custom) {
      throw new SalesforceError(
        400,
        'INSUFFICIENT_ACCESS',
        `${entry.name}.${gone.name} is a standard field: it can be hidden, not removed.`,
      );
    }
    entry.hidden.delete(gone.name);
    this.#replace(
      entry,
      entry.fields.filter((candidate) => candidate !== gone),
      { kind: 'removed', object: entry.name, field: gone.name },
    );
  }

  retypeField(object: string, field: string, change: Partial<FieldSpec>): void {
    const entry = this.#required(object);
    const old = this.#requiredField(entry, field);
    const { storage, convert, compound, fieldId, ...spec } = old;
    const type = change.type ?? old.type;
    const fresh = this.#entryOf(entry.name, { ...spec, ...change, name: old.name });
    const next: FieldEntry = losesData(old.type, type)
      ? fresh
      : {
          ...fresh,
          storage,
          fieldId,
          compound,
          convert: chain(convert, old.type === type ? undefined : (value) => convertValue(value, type)),
        };
    this.#replace(
      entry,
      entry.fields.map((candidate) => (candidate === old ? { ...next, fieldId } : candidate)),
      { kind: 'retyped', object: entry.name, field: old.name, from: old.type, to: type },
    );
  }

  hideField(object: string, field: string): void {
    const entry = this.#required(object);
    const found = this.#requiredField(entry, field);
    if (found.permissionable === false) {
      throw new SalesforceError(
        400,
        'FIELD_INTEGRITY_EXCEPTION',
        `${entry.name}.${found.name} is visible to everyone: field-level security does not apply to it.`,
      );
    }
    if (entry.hidden.has(found.name)) return;
    entry.hidden.add(found.name);
    this.#touch(entry, { kind: 'hidden', object: entry.name, field: found.name });
  }

  showField(object: string, field: string): void {
    const entry = this.#required(object);
    const found = this.#requiredField(entry, field);
    if (entry.hidden.delete(found.name))
      this.#touch(entry, { kind: 'shown', object: entry.name, field: found.name });
  }

  #entryOf(object: string, spec: FieldSpec): FieldEntry {
    const custom = spec.name.endsWith('__c');
    const key = `${object}.${spec.name}`.toLowerCase();
    const generation = (this.#generations.get(key) ?? 0) + 1;
    this.#generations.set(key, generation);
    return {
      ...spec,
      label: spec.label ?? labelOf(spec.name),
      custom,
      compound: spec.type === 'address',
      fieldId: custom ? idOf('00N', ++this.#customFields) : undefined,
      storage: generation === 1 ? spec.name : `${spec.name}#${generation}`,
      convert: undefined,
    };
  }

  #required(object: string): ObjectEntry {
    const entry = this.object(object);
    if (entry !== undefined) return entry;
    throw new SalesforceError(404, 'NOT_FOUND', 'The requested resource does not exist');
  }

  #requiredField(entry: ObjectEntry, field: string): FieldEntry {
    const found = entry.field(field);
    if (found !== undefined) return found;
    throw new SalesforceError(
      400,
      'INVALID_FIELD',
      `No such column '${field}' on sobject of type ${entry.name}`,
    );
  }

  #replace(entry: ObjectEntry, fields: readonly FieldEntry[], change: SchemaChange): void {
    entry.replaceFields(fields);
    this.#touch(entry, change);
  }

  #touch(entry: ObjectEntry, change: SchemaChange): void {
    entry.revision += 1;
    entry.changedAt = this.#now();
    this.#revision += 1;
    for (const listener of this.#listeners) listener(change);
  }
}

function chain(
  first: ((value: SfValue) => SfValue) | undefined,
  then: ((value: SfValue) => SfValue) | undefined,
): ((value: SfValue) => SfValue) | undefined {
  if (first === undefined || then === undefined) return first ?? then;
  return (value) => then(first(value));
}
