import type { SfRecord } from '../org/record.ts';
import { idOf, idRenderer } from '../org/ids.ts';
import { listTable, type BaseTable } from './base-table.ts';
import { BASE_TIME, restDateTime } from './base-time.ts';
import type { Column } from './column.ts';
import { mix } from './mix.ts';

/** The small objects around the data: users, the organization itself, currencies, price books. */
export const INTEGRATION_USER_ORDINAL = 1;
export const ADMIN_USER_ORDINAL = 2;
export const STANDARD_PRICEBOOK_ORDINAL = 1;
export const PARTNER_PRICEBOOK_ORDINAL = 2;
const PROFILE_ID = idOf('00e', 1);

const people: readonly (readonly [first: string, last: string, department: string])[] = [
  ['Umbra', 'Integration', 'IT'],
  ['Ada', 'Admin', 'IT'],
  ['Nikos', 'Georgiou', 'Sales South'],
  ['Mariam', 'Haddad', 'Sales South'],
  ['Yuki', 'Tanaka', 'Sales Asia'],
  ['Lena', 'Vogel', 'Sales North'],
  ['Tom', "O'Brien", 'Sales West'],
  ['Inês', 'Carvalho', 'Sales West'],
  ['Piotr', 'Żak', 'Key Accounts'],
  ['Chloé', 'Martin', 'Key Accounts'],
];

const stamp = restDateTime(BASE_TIME - 30 * 86_400_000);
const audit: SfRecord = {
  CreatedDate: restDateTime(BASE_TIME - 4 * 365 * 86_400_000),
  CreatedById: idOf('005', ADMIN_USER_ORDINAL),
  LastModifiedDate: stamp,
  LastModifiedById: idOf('005', ADMIN_USER_ORDINAL),
  SystemModstamp: stamp,
};

/** Owners and authors of computed records: the people of the sales teams. */
const ownerIds = people.slice(2).map((_, index) => idOf('005', index + 3));
const ownerCells = ownerIds.map((id) => `"${id}"`);

export function userIdColumn(salt: number): Column {
  const at = (ordinal: number): number => mix(salt, ordinal) % ownerIds.length;
  return {
    value: (ordinal) => ownerIds[at(ordinal)] ?? null,
    cell: (ordinal) => ownerCells[at(ordinal)],
  };
}

export function userTable(username: string): BaseTable {
  return listTable(
    people.map(([first, last, department], index) => ({
      Username: index === 0 ? username : `${first}.${last}@umbra.example`.toLowerCase().replaceAll("'", ''),
      FirstName: first,
      LastName: last,
      Name: `${first} ${last}`,
      Email: `${first}.${last}@umbra.example`.toLowerCase().replaceAll("'", ''),
      Alias: (first.charAt(0) + last).slice(0, 8).toLowerCase(),
      Department: department,
      IsActive: true,
      UserType: 'Standard',
      ProfileId: PROFILE_ID,
      TimeZoneSidKey: 'Europe/Berlin',
      LocaleSidKey: 'en_GB',
      LanguageLocaleKey: 'en_US',
      EmailEncodingKey: 'UTF-8',
      CurrencyIsoCode: 'EUR',
      DefaultCurrencyIsoCode: 'EUR',
      ...audit,
    })),
  );
}

export function organizationTable(instanceName: string): BaseTable {
  return listTable([
    {
      Name: 'Umbra Telecom Demo',
      InstanceName: instanceName,
      IsSandbox: false,
      OrganizationType: 'Enterprise Edition',
      DefaultLocaleSidKey: 'en_GB',
      LanguageLocaleKey: 'en_US',
      TimeZoneSidKey: 'Europe/Berlin',
      NamespacePrefix: null,
      TrialExpirationDate: null,
      Country: 'DE',
      PrimaryContact: 'Ada Admin',
      ...audit,
    },
  ]);
}

const currencies: readonly (readonly [iso: string, rate: number, decimals: number, active: boolean])[] = [
  ['EUR', 1, 2, true],
  ['USD', 1.08, 2, true],
  ['GBP', 0.86, 2, true],
  ['JPY', 161.5, 0, true],
  ['CHF', 0.97, 2, false],
];
export const DEFAULT_CURRENCY = 'EUR';
export const currencyCodes = currencies.map(([iso]) => iso);

export function currencyTypeTable(): BaseTable {
  return listTable(
    currencies.map(([iso, rate, decimals, active]) => ({
      IsoCode: iso,
      ConversionRate: rate,
      DecimalPlaces: decimals,
      IsActive: active,
      IsCorporate: iso === DEFAULT_CURRENCY,
      ...audit,
    })),
  );
}

export function pricebookTable(): BaseTable {
  const book = (name: string, standard: boolean, description: string): SfRecord => ({
    Name: name,
    IsActive: true,
    IsArchived: false,
    IsStandard: standard,
    Description: description,
    CurrencyIsoCode: DEFAULT_CURRENCY,
    ...audit,
  });
  return listTable([
    book('Standard Price Book', true, 'List prices'),
    book('Partner Price Book', false, 'For resellers; "net, net"'),
  ]);
}

/** What the integration user may read: one permission set, a row for each mirrored object and each of its fields. */
export function permissionTables(
  objects: readonly { name: string; permissionableFields: readonly string[] }[],
): Map<string, BaseTable> {
  const renderSet = idRenderer('0PS');
  const parent = renderSet(1);
  const set: SfRecord = {
    Name: 'Umbra_Integration',
    Label: 'Umbra Integration',
    Description: 'Read access of the shadow',
    IsCustom: true,
    IsOwnedByProfile: false,
    PermissionsApiEnabled: true,
    PermissionsModifyAllData: false,
    PermissionsViewAllData: false,
    ...audit,
  };
  const rights: SfRecord = { ParentId: parent, ...audit };
  const objectRows = objects.map(({ name }): SfRecord => ({
    SobjectType: name,
    PermissionsRead: true,
    PermissionsCreate: false,
    PermissionsEdit: false,
    PermissionsDelete: false,
    PermissionsViewAllRecords: true,
    PermissionsModifyAllRecords: false,
    PermissionsViewAllFields: false,
    ...rights,
  }));
  const fieldRows = objects.flatMap(({ name, permissionableFields }) =>
    permissionableFields.map((field): SfRecord => ({
      SobjectType: name,
      Field: `${name}.${field}`,
      PermissionsRead: true,
      PermissionsEdit: false,
      ...rights,
    })),
  );
  const assignments: SfRecord[] = [
    {
      PermissionSetId: parent,
      AssigneeId: idOf('005', INTEGRATION_USER_ORDINAL),
      IsActive: true,
      SystemModstamp: stamp,
    },
  ];
  return new Map([
    ['PermissionSet', listTable([set])],
    ['ObjectPermissions', listTable(objectRows)],
    ['FieldPermissions', listTable(fieldRows)],
    ['PermissionSetAssignment', listTable(assignments)],
  ]);
}
