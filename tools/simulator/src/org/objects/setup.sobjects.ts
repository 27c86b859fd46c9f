import type { FieldSpec, ObjectSpec } from '../schema.ts';
import {
  auditFields,
  checkbox,
  currencyIsoCode,
  field,
  idField,
  isDeletedField,
  reference,
  text,
  viewedFields,
} from './standard-fields.ts';

const readOnly = { createable: false, updateable: false, permissionable: false } as const;

export const pricebook2: ObjectSpec = {
  name: 'Pricebook2',
  label: 'Price Book',
  labelPlural: 'Price Books',
  keyPrefix: '01s',
  flags: { triggerable: true, layoutable: true },
  fields: [
    idField,
    isDeletedField,
    text('Name', 255, { nillable: false, nameField: true, label: 'Price Book Name', permissionable: false }),
    ...viewedFields,
    ...auditFields,
    currencyIsoCode(),
    checkbox('IsActive', { label: 'Active' }),
    checkbox('IsArchived', readOnly),
    text('Description', 255),
    checkbox('IsStandard', readOnly),
  ],
};

export const user: ObjectSpec = {
  name: 'User',
  label: 'User',
  labelPlural: 'Users',
  keyPrefix: '005',
  flags: { createable: true, deletable: false, undeletable: false },
  fields: [
    idField,
    text('Username', 80, { nillable: false }),
    text('LastName', 80, { nillable: false, compoundFieldName: 'Name', permissionable: false }),
    text('FirstName', 40, { compoundFieldName: 'Name', permissionable: false }),
    text('Name', 121, { nameField: true, label: 'Full Name', ...readOnly }),
    text('Department', 80),
    field('Email', 'email', { length: 128, nillable: false, permissionable: false }),
    text('Alias', 8, { nillable: false, permissionable: false }),
    checkbox('IsActive', { permissionable: false }),
    field('UserType', 'picklist', { length: 40, picklist: ['Standard'], ...readOnly }),
    reference('ProfileId', 'Profile', { nillable: false, permissionable: false }),
    field('TimeZoneSidKey', 'picklist', {
      length: 40,
      picklist: ['Europe/Berlin', 'UTC'],
      permissionable: false,
    }),
    field('LocaleSidKey', 'picklist', {
      length: 40,
      picklist: ['en_GB', 'en_US', 'de_DE'],
      permissionable: false,
    }),
    field('LanguageLocaleKey', 'picklist', { length: 40, picklist: ['en_US', 'de'], permissionable: false }),
    field('EmailEncodingKey', 'picklist', { length: 40, picklist: ['UTF-8'], permissionable: false }),
    currencyIsoCode(),
    field('DefaultCurrencyIsoCode', 'picklist', {
      length: 3,
      picklist: ['CHF', 'EUR', 'GBP', 'JPY', 'USD'],
      permissionable: false,
    }),
    ...auditFields,
  ],
};

export const organization: ObjectSpec = {
  name: 'Organization',
  label: 'Organization',
  labelPlural: 'Organizations',
  keyPrefix: '00D',
  flags: { createable: false, deletable: false, undeletable: false, replicateable: false },
  fields: [
    idField,
    text('Name', 80, { nillable: false, nameField: true, createable: false }),
    text('Country', 80),
    text('PrimaryContact', 80),
    text('InstanceName', 5, readOnly),
    checkbox('IsSandbox', readOnly),
    field('OrganizationType', 'picklist', { length: 40, picklist: ['Enterprise Edition'], ...readOnly }),
    field('DefaultLocaleSidKey', 'picklist', { length: 40, picklist: ['en_GB', 'en_US', 'de_DE'] }),
    field('LanguageLocaleKey', 'picklist', { length: 40, picklist: ['en_US', 'de'] }),
    field('TimeZoneSidKey', 'picklist', { length: 40, picklist: ['Europe/Berlin', 'UTC'] }),
    text('NamespacePrefix', 15, readOnly),
    field('TrialExpirationDate', 'datetime', readOnly),
    ...auditFields,
  ],
};

export const currencyType: ObjectSpec = {
  name: 'CurrencyType',
  label: 'Currency Type',
  labelPlural: 'Currency Types',
  keyPrefix: '01L',
  flags: { deletable: false, undeletable: false },
  fields: [
    idField,
    field('IsoCode', 'picklist', {
      length: 3,
      nillable: false,
      picklist: ['CHF', 'EUR', 'GBP', 'JPY', 'USD'],
      permissionable: false,
      updateable: false,
    }),
    field('ConversionRate', 'double', { precision: 18, scale: 6, nillable: false, permissionable: false }),
    field('DecimalPlaces', 'int', { nillable: false, permissionable: false }),
    checkbox('IsActive', { permissionable: false }),
    checkbox('IsCorporate', { permissionable: false, createable: false }),
    ...auditFields,
  ],
};

export const permissionSet: ObjectSpec = {
  name: 'PermissionSet',
  label: 'Permission Set',
  labelPlural: 'Permission Sets',
  keyPrefix: '0PS',
  flags: { undeletable: false },
  fields: [
    idField,
    text('Name', 80, { nillable: false, nameField: true, permissionable: false }),
    text('Label', 80, { nillable: false, permissionable: false }),
    text('Description', 255, { permissionable: false }),
    checkbox('IsCustom', readOnly),
    checkbox('IsOwnedByProfile', readOnly),
    ...['PermissionsApiEnabled', 'PermissionsModifyAllData', 'PermissionsViewAllData'].map((name) =>
      checkbox(name, { permissionable: false }),
    ),
    ...auditFields,
  ],
};

const permissionRow = (
  name: string,
  label: string,
  keyPrefix: string,
  fields: readonly FieldSpec[],
): ObjectSpec => ({
  name,
  label,
  labelPlural: label,
  keyPrefix,
  flags: { undeletable: false },
  fields: [
    idField,
    reference('ParentId', 'PermissionSet', { nillable: false, updateable: false, permissionable: false }),
    field('SobjectType', 'picklist', {
      length: 40,
      nillable: false,
      updateable: false,
      permissionable: false,
    }),
    ...fields,
    ...auditFields,
  ],
});

export const objectPermissions = permissionRow(
  'ObjectPermissions',
  'Object Permissions',
  '110',
  [
    'PermissionsRead',
    'PermissionsCreate',
    'PermissionsEdit',
    'PermissionsDelete',
    'PermissionsViewAllRecords',
    'PermissionsModifyAllRecords',
    'PermissionsViewAllFields',
  ].map((name) => checkbox(name, { permissionable: false })),
);

export const fieldPermissions = permissionRow('FieldPermissions', 'Field Permissions', '01k', [
  field('Field', 'picklist', { length: 240, nillable: false, updateable: false, permissionable: false }),
  checkbox('PermissionsRead', { permissionable: false }),
  checkbox('PermissionsEdit', { permissionable: false }),
]);

export const permissionSetAssignment: ObjectSpec = {
  name: 'PermissionSetAssignment',
  label: 'Permission Set Assignment',
  labelPlural: 'Permission Set Assignments',
  keyPrefix: '0Pa',
  flags: { updateable: false, undeletable: false },
  fields: [
    idField,
    reference('PermissionSetId', 'PermissionSet', { nillable: false, permissionable: false }),
    reference('AssigneeId', 'User', { nillable: false, permissionable: false }),
    checkbox('IsActive', readOnly),
    field('SystemModstamp', 'datetime', { nillable: false, ...readOnly }),
  ],
};
