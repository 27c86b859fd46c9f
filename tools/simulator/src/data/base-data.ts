import type { Scale } from '../org/org.ts';
import type { ObjectSpec } from '../org/schema.ts';
import { account } from '../org/objects/account.sobject.ts';
import { pricebookEntry } from '../org/objects/pricebook-entry.sobject.ts';
import { product2 } from '../org/objects/product2.sobject.ts';
import {
  currencyType,
  fieldPermissions,
  objectPermissions,
  organization,
  permissionSet,
  permissionSetAssignment,
  pricebook2,
  user,
} from '../org/objects/setup.sobjects.ts';
import { accountTable } from './account.table.ts';
import type { BaseTable } from './base-table.ts';
import { catalogue } from './catalogue.ts';
import { pricebookEntryTable } from './pricebook-entry.table.ts';
import { product2Table } from './product2.table.ts';
import {
  currencyTypeTable,
  organizationTable,
  permissionTables,
  pricebookTable,
  userTable,
} from './setup.tables.ts';

/** How many records each scale has; the demo org has the catalogue's products and prices alone. */
const sizes: Record<Scale, { products: number; prices: number; accounts: number }> = {
  demo: { products: catalogue.length, prices: 0, accounts: 200 },
  '100k': { products: 20_000, prices: 40_000, accounts: 100_000 },
  '1m': { products: 200_000, prices: 400_000, accounts: 1_000_000 },
};

const currencyFields = new Set(['CurrencyIsoCode', 'DefaultCurrencyIsoCode']);

/** The objects of the org; without currency fields and CurrencyType in a single-currency org. */
export function objectSpecs(singleCurrency: boolean): ObjectSpec[] {
  const specs = [
    account,
    currencyType,
    fieldPermissions,
    objectPermissions,
    organization,
    permissionSet,
    permissionSetAssignment,
    pricebook2,
    pricebookEntry,
    product2,
    user,
  ];
  if (!singleCurrency) return specs;
  return specs
    .filter((spec) => spec !== currencyType)
    .map((spec) => ({ ...spec, fields: spec.fields.filter((field) => !currencyFields.has(field.name)) }));
}

export interface BaseDataOptions {
  readonly scale: Scale;
  readonly seed: number;
  readonly singleCurrency: boolean;
  readonly username: string;
  readonly instanceName: string;
}

/** Objects on which the integration user has rights, and which the permission tables therefore list. */
const granted = [product2, pricebookEntry, pricebook2, account];

/** Every object's records as they are when the org opens. */
export function baseData(options: BaseDataOptions): Map<string, BaseTable> {
  const { scale, seed, singleCurrency } = options;
  const size = sizes[scale];
  const products = product2Table(seed, size.products);
  const rights = granted.map(({ name, fields }) => ({
    name,
    permissionableFields: fields
      .filter(
        (field) =>
          field.permissionable !== false &&
          // checkboxes are never empty, and can be hidden all the same
          (field.nillable !== false || field.type === 'boolean') &&
          field.compoundFieldName === undefined,
      )
      .filter((field) => !(singleCurrency && currencyFields.has(field.name)))
      .map((field) => field.name),
  }));
  const tables = new Map<string, BaseTable>([
    ['Product2', products],
    ['PricebookEntry', pricebookEntryTable(seed, size.prices, products, singleCurrency)],
    ['Account', accountTable(seed, size.accounts)],
    ['Pricebook2', pricebookTable()],
    ['User', userTable(options.username)],
    ['Organization', organizationTable(options.instanceName)],
    ...permissionTables(rights),
  ]);
  if (!singleCurrency) tables.set('CurrencyType', currencyTypeTable());
  return tables;
}
