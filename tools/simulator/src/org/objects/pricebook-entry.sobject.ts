import type { ObjectSpec } from '../schema.ts';
import {
  auditFields,
  checkbox,
  currencyIsoCode,
  field,
  idField,
  isDeletedField,
  reference,
  text,
} from './standard-fields.ts';

const once = { nillable: false, updateable: false, permissionable: false } as const;

/** Name and ProductCode are those of the product: they change without this record being touched, and without an event. */
export const pricebookEntry: ObjectSpec = {
  name: 'PricebookEntry',
  label: 'Price Book Entry',
  labelPlural: 'Price Book Entries',
  keyPrefix: '01u',
  flags: { undeletable: false },
  fields: [
    idField,
    text('Name', 255, {
      nameField: true,
      label: 'Product Name',
      createable: false,
      updateable: false,
      permissionable: false,
      derivedFrom: 'Product2.Name',
    }),
    reference('Pricebook2Id', 'Pricebook2', { ...once, label: 'Price Book ID' }),
    reference('Product2Id', 'Product2', { ...once, label: 'Product ID', cascadeDelete: true }),
    currencyIsoCode({ nillable: false, updateable: false }),
    field('UnitPrice', 'currency', {
      precision: 18,
      scale: 2,
      nillable: false,
      label: 'List Price',
      permissionable: false,
    }),
    checkbox('IsActive', { label: 'Active', permissionable: false }),
    checkbox('UseStandardPrice', { permissionable: false }),
    ...auditFields,
    text('ProductCode', 255, {
      createable: false,
      updateable: false,
      permissionable: false,
      derivedFrom: 'Product2.ProductCode',
    }),
    isDeletedField,
    checkbox('IsArchived', { createable: false, updateable: false, permissionable: false }),
  ],
};
