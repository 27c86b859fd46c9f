import type { FieldSpec, FieldType } from '../schema.ts';

/** A field that anyone may write and that may be empty, unless said otherwise. */
export function field(name: string, type: FieldType, more: Partial<FieldSpec> = {}): FieldSpec {
  return { name, type, ...more };
}

export const text = (name: string, length: number, more: Partial<FieldSpec> = {}): FieldSpec =>
  field(name, 'string', { length, ...more });

export const reference = (name: string, referenceTo: string, more: Partial<FieldSpec> = {}): FieldSpec =>
  field(name, 'reference', {
    referenceTo: [referenceTo],
    relationshipName: name.endsWith('Id') ? name.slice(0, -2) : name.replace(/__c$/, '__r'),
    ...more,
  });

export const checkbox = (name: string, more: Partial<FieldSpec> = {}): FieldSpec =>
  field(name, 'boolean', { nillable: false, defaultValue: false, ...more });

const systemField = { nillable: false, createable: false, updateable: false, permissionable: false } as const;

export const idField = field('Id', 'id', systemField);
export const isDeletedField = field('IsDeleted', 'boolean', { ...systemField, defaultValue: false });

/** Who and when; in the order of describe. */
export const auditFields: readonly FieldSpec[] = [
  field('CreatedDate', 'datetime', systemField),
  reference('CreatedById', 'User', systemField),
  field('LastModifiedDate', 'datetime', systemField),
  reference('LastModifiedById', 'User', systemField),
  field('SystemModstamp', 'datetime', systemField),
];

/** Seen by people in the user interface only: empty for records that only the API reads. */
export const viewedFields: readonly FieldSpec[] = [
  field('LastViewedDate', 'datetime', { createable: false, updateable: false, permissionable: false }),
  field('LastReferencedDate', 'datetime', { createable: false, updateable: false, permissionable: false }),
];

/** Present in multi-currency orgs only; the org drops it otherwise. */
export const currencyIsoCode = (more: Partial<FieldSpec> = {}): FieldSpec =>
  field('CurrencyIsoCode', 'picklist', {
    picklist: ['CHF', 'EUR', 'GBP', 'JPY', 'USD'],
    restrictedPicklist: true,
    length: 3,
    permissionable: false,
    ...more,
  });

/** The ten children of an address in an org with state and country picklists, then the compound. */
export function addressFields(prefix: 'Billing' | 'Shipping'): FieldSpec[] {
  const compoundFieldName = `${prefix}Address`;
  const part = (name: string, type: FieldType, more: Partial<FieldSpec>): FieldSpec =>
    field(`${prefix}${name}`, type, { compoundFieldName, ...more });
  return [
    part('Street', 'textarea', { length: 255 }),
    part('City', 'string', { length: 40 }),
    part('State', 'string', { length: 80 }),
    part('PostalCode', 'string', { length: 20 }),
    part('Country', 'string', { length: 80 }),
    part('StateCode', 'picklist', { length: 10 }),
    part('CountryCode', 'picklist', { length: 10 }),
    part('Latitude', 'double', { precision: 18, scale: 15 }),
    part('Longitude', 'double', { precision: 18, scale: 15 }),
    part('GeocodeAccuracy', 'picklist', {
      length: 40,
      picklist: [
        'Address',
        'NearAddress',
        'Block',
        'Street',
        'ExtendedZip',
        'Zip',
        'City',
        'State',
        'Unknown',
      ],
      restrictedPicklist: true,
    }),
    field(compoundFieldName, 'address', { createable: false, updateable: false }),
  ];
}
