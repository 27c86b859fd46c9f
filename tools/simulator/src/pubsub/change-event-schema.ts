import { createHash } from 'node:crypto';
import type { FieldSchema, ObjectSchema } from '../org/schema.ts';
import type { SchemaShape } from './pubsub-knobs.ts';

type AvroField = { name: string; type: unknown; doc?: string; default?: null };

/** A body field of the event: a leaf, or a compound with the leaves that its children come from. */
export interface EventField {
  readonly name: string;
  /** Avro branch of a leaf value: `string`, `long`, `double`, `int` or `boolean`. */
  readonly avro: string;
  /** What to write for the leaf. */
  readonly type: string;
  readonly children?: readonly { readonly name: string; readonly leaf: string; readonly avro: string }[];
  /** Name of the record type of a compound. */
  readonly record?: string;
}

/** Schema of one object's change events at one moment. */
export interface ChangeEventSchema {
  readonly id: string;
  readonly json: string;
  /** In order; position in the schema is the index here plus 1, since the header is field 0. */
  readonly fields: readonly EventField[];
}

const changeTypes = [
  'CREATE',
  'UPDATE',
  'DELETE',
  'UNDELETE',
  'GAP_CREATE',
  'GAP_UPDATE',
  'GAP_DELETE',
  'GAP_UNDELETE',
  'GAP_OVERFLOW',
];

const strings = { type: 'array', items: 'string' };

function headerField(shape: SchemaShape): AvroField {
  const symbols = shape.snapshotChangeType ? [...changeTypes, 'SNAPSHOT'] : changeTypes;
  const fields = [
    { name: 'entityName', type: 'string' },
    { name: 'recordIds', type: strings },
    { name: 'changeType', type: { type: 'enum', name: 'ChangeType', symbols } },
    { name: 'changeOrigin', type: 'string' },
    { name: 'transactionKey', type: 'string' },
    { name: 'sequenceNumber', type: 'int' },
    { name: 'commitTimestamp', type: 'long' },
    { name: 'commitNumber', type: 'long' },
    { name: 'commitUser', type: 'string' },
    { name: 'nulledFields', type: strings },
    { name: 'diffFields', type: strings },
    { name: 'changedFields', type: strings },
  ];
  return {
    name: 'ChangeEventHeader',
    type: { type: 'record', name: 'ChangeEventHeader', fields },
    doc: 'Data:ComplexValueType',
  };
}

/** Avro branch and the token of the `doc` attribute, by Salesforce field type. */
const leafTypes: Readonly<Record<string, readonly [avro: string, doc: string]>> = {
  reference: ['string', 'EntityId'],
  id: ['string', 'EntityId'],
  boolean: ['boolean', 'Boolean'],
  int: ['int', 'Integer'],
  double: ['double', 'Double'],
  percent: ['double', 'Percent'],
  currency: ['double', 'Currency'],
  date: ['long', 'DateOnly'],
  datetime: ['long', 'DateTime'],
  time: ['long', 'TimeOnly'],
  picklist: ['string', 'DynamicEnum'],
  combobox: ['string', 'DynamicEnum'],
  multipicklist: ['string', 'MultiEnum'],
  email: ['string', 'Email'],
  phone: ['string', 'Phone'],
  url: ['string', 'Url'],
  textarea: ['string', 'StringPlusClob'],
  string: ['string', 'Text'],
};

/** Never in a change event, besides fields that only presentation or activities feed. */
const excluded = new Set([
  'Id',
  'IsDeleted',
  'SystemModstamp',
  'MasterRecordId',
  'LastActivityDate',
  'LastViewedDate',
  'LastReferencedDate',
  'PhotoUrl',
]);

const addressChildren = [
  'Street',
  'City',
  'State',
  'PostalCode',
  'Country',
  'StateCode',
  'CountryCode',
  'Latitude',
  'Longitude',
  'GeocodeAccuracy',
];

function addressChildNames(count: SchemaShape['addressChildren']): string[] {
  if (count === 8) return addressChildren.filter((name) => name !== 'StateCode' && name !== 'CountryCode');
  if (count === 11) return [...addressChildren.slice(0, 9), 'Xyz', 'GeocodeAccuracy'];
  return addressChildren;
}

const nullable = (name: string, type: unknown): AvroField => ({ name, type: ['null', type], default: null });

const systemLists = new Set(['CurrencyIsoCode', 'CleanStatus']);

function leafDoc(field: FieldSchema, token: string): string {
  const role = field.name === 'CreatedDate' ? 'CreatedDate' : token === 'EntityId' ? 'ForeignKey' : 'Data';
  const kind =
    field.htmlFormatted === true ? 'HtmlStringPlusClob' : systemLists.has(field.name) ? 'StaticEnum' : token;
  return field.fieldId === undefined ? `${role}:${kind}` : `${role}:${kind}:${field.fieldId.slice(0, 15)}`;
}

/** Builds the fields one by one: a named type is spelt out at its first use and referred to afterwards. */
class SchemaBuilder {
  readonly avro: AvroField[];
  readonly fields: EventField[] = [];
  readonly #object: ObjectSchema;
  readonly #shape: SchemaShape;
  #addressDefined = false;

  constructor(object: ObjectSchema, shape: SchemaShape) {
    this.#object = object;
    this.#shape = shape;
    this.avro = [headerField(shape)];
  }

  add(field: FieldSchema): void {
    if (field.type === 'address') this.#addAddress(field);
    else if (field.name === 'Name' && this.#object.name === 'Account') this.#addPersonName(field);
    else this.#addLeaf(field);
  }

  #addLeaf(field: FieldSchema): void {
    const [avro, token] = leafTypes[field.type] ?? ['string', 'Text'];
    this.avro.push({ ...nullable(field.name, avro), doc: leafDoc(field, token) });
    this.fields.push({ name: field.name, avro, type: field.type });
  }

  #addPersonName(field: FieldSchema): void {
    if (!this.#shape.personNameUnion) return this.#addLeaf(field);
    const parts = ['Salutation', 'FirstName', 'LastName'].map((name) => nullable(name, 'string'));
    const record = { type: 'record', name: 'Switchable_PersonName', fields: parts };
    this.avro.push({
      name: 'Name',
      type: ['null', 'string', record],
      doc: 'Data:Switchable_PersonName',
      default: null,
    });
    this.fields.push({ name: 'Name', avro: 'string', type: field.type });
  }

  #addAddress(field: FieldSchema): void {
    const prefix = field.name.replace(/Address$/, '');
    const names = addressChildNames(this.#shape.addressChildren);
    const avroOf = (name: string): string =>
      name === 'Latitude' || name === 'Longitude' ? 'double' : 'string';
    const record = {
      type: 'record',
      name: 'Address',
      fields: names.map((name) => nullable(name, avroOf(name))),
    };
    this.avro.push({
      ...nullable(field.name, this.#addressDefined ? 'Address' : record),
      doc: 'Data:Address',
    });
    this.#addressDefined = true;
    this.fields.push({
      name: field.name,
      avro: 'record',
      type: 'address',
      record: 'com.sforce.eventbus.Address',
      children: names.map((name) => ({ name, leaf: `${prefix}${name}`, avro: avroOf(name) })),
    });
  }
}

function carried(object: ObjectSchema, field: FieldSchema, shape: SchemaShape): boolean {
  if (excluded.has(field.name) || field.type === 'base64') return false;
  if (field.derivedFrom !== undefined && field.calculated !== true) return false;
  if (object.name === 'PricebookEntry' && (field.name === 'Name' || field.name === 'ProductCode'))
    return false;
  if (field.calculated === true && !shape.formulaInEvents) return false;
  const parent = field.compoundFieldName;
  return parent === undefined || object.field(parent)?.type !== 'address';
}

export function changeEventSchema(
  object: ObjectSchema,
  hidden: (field: string) => boolean,
  shape: SchemaShape,
): ChangeEventSchema {
  const builder = new SchemaBuilder(object, shape);
  const [standard, custom] = [
    object.fields.filter((field) => !field.custom),
    object.fields.filter((field) => field.custom),
  ];
  for (const field of [...standard, ...custom]) {
    if (carried(object, field, shape) && !hidden(field.name)) builder.add(field);
  }
  const name = `${object.name.replace(/__c$/, '__')}ChangeEvent`;
  const record = { type: 'record', name, namespace: 'com.sforce.eventbus', fields: builder.avro };
  const id = createHash('md5').update(JSON.stringify(record)).digest('base64url');
  const json =
    shape.schemaKeyOrder === 'type-first'
      ? JSON.stringify(record)
      : JSON.stringify({ name, namespace: record.namespace, type: 'record', fields: builder.avro, uuid: id });
  return { id, json, fields: builder.fields };
}
