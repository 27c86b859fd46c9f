export type FieldType =
  | 'id'
  | 'reference'
  | 'string'
  | 'textarea'
  | 'phone'
  | 'url'
  | 'email'
  | 'picklist'
  | 'multipicklist'
  | 'combobox'
  | 'boolean'
  | 'int'
  | 'double'
  | 'currency'
  | 'percent'
  | 'date'
  | 'datetime'
  | 'time'
  | 'address'
  | 'base64';

/** What is said about a field; describe derives the rest from it. */
export interface FieldSpec {
  readonly name: string;
  readonly label?: string;
  readonly type: FieldType;
  readonly length?: number;
  readonly precision?: number;
  readonly scale?: number;
  readonly nillable?: boolean;
  readonly createable?: boolean;
  readonly updateable?: boolean;
  readonly calculated?: boolean;
  readonly calculatedFormula?: string;
  readonly unique?: boolean;
  readonly externalId?: boolean;
  readonly nameField?: boolean;
  readonly referenceTo?: readonly string[];
  readonly relationshipName?: string;
  readonly picklist?: readonly string[];
  readonly restrictedPicklist?: boolean;
  readonly compoundFieldName?: string;
  readonly defaultValue?: string | number | boolean;
  readonly htmlFormatted?: boolean;
  readonly permissionable?: boolean;
  readonly cascadeDelete?: boolean;
  readonly inlineHelpText?: string;
  /** Parent path whose value this field shows (`Product2.Name`): never stored, never in a change. */
  readonly derivedFrom?: string;
}

/** An object as it is when the org opens. */
export interface ObjectSpec {
  readonly name: string;
  readonly label: string;
  readonly labelPlural: string;
  readonly keyPrefix: string;
  readonly fields: readonly FieldSpec[];
  /** Default: everything allowed, but for merge, triggers, search and layouts. */
  readonly flags?: Partial<ObjectFlags>;
}

export interface FieldSchema extends FieldSpec {
  readonly label: string;
  readonly custom: boolean;
  /** address and location: answered nested by REST, refused by Bulk, never stored. */
  readonly compound: boolean;
  /** Stable 00N… id of a custom field (18 characters), as change event schemas show it. */
  readonly fieldId: string | undefined;
}

export interface ObjectFlags {
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
}

export interface ObjectSchema extends ObjectFlags {
  readonly name: string;
  readonly label: string;
  readonly labelPlural: string;
  readonly keyPrefix: string;
  /** In describe order, compounds included, hidden ones too. */
  readonly fields: readonly FieldSchema[];
  /** By API name in any case. */
  field(name: string): FieldSchema | undefined;
  /** Rises with each change of this object's fields. */
  readonly revision: number;
  /** Org time (epoch ms) of the last change: for If-Modified-Since. */
  readonly changedAt: number;
}

/** Full describe field: every key of a real org's answer. */
export type DescribeField = Record<string, unknown>;

/** What happened to the schema, for those who keep rights or change event schemas in step. */
export type SchemaChange =
  | {
      readonly kind: 'added' | 'removed' | 'hidden' | 'shown';
      readonly object: string;
      readonly field: string;
    }
  | {
      readonly kind: 'retyped';
      readonly object: string;
      readonly field: string;
      readonly from: FieldType;
      readonly to: FieldType;
    };

export interface Schema {
  /** Rises with every change of any object. */
  readonly revision: number;
  readonly objects: readonly ObjectSchema[];
  /** By API name in any case; undefined when unknown. */
  object(name: string): ObjectSchema | undefined;
  objectByPrefix(prefix: string): ObjectSchema | undefined;
  isHidden(object: string, field: string): boolean;
  /** Answers of /sobjects and /sobjects/X/describe with `/services/data/<version>` paths, hidden fields left out. */
  describeGlobal(apiVersion: string): Record<string, unknown>;
  describe(object: string, apiVersion: string): Record<string, unknown>;
  /** Adds at the end, or before the named field. */
  addField(object: string, spec: FieldSpec, before?: string): void;
  removeField(object: string, field: string): void;
  /** Values that the new type cannot hold become null. */
  retypeField(object: string, field: string, change: Partial<FieldSpec>): void;
  hideField(object: string, field: string): void;
  showField(object: string, field: string): void;
  /** Called after each change. Returns the way to stop it. */
  onChange(listener: (change: SchemaChange) => void): () => void;
}
