import { describe, expect, it } from '@jest/globals';
import { account } from './account.sobject.ts';
import type { FieldDescribe, ObjectDescribe } from './describe.ts';
import { checkFieldMap, nearestNames } from './field-map-check.ts';
import type { FieldMap } from './field-map.ts';
import { leafSchemaOf } from './leaf-schema.ts';
import { product2 } from './product2.sobject.ts';
import { pricebookEntry } from './pricebook-entry.sobject.ts';
import { bindColumns, projectionText } from './projection-columns.ts';
import { childOf, isMirroredObjectName, mirroredObjectNames, mirroredObjects } from './registry.ts';

function field(name: string, type: string, more: Partial<FieldDescribe> = {}): FieldDescribe {
  return {
    name,
    type,
    soapType: '',
    calculated: false,
    compoundFieldName: null,
    nillable: true,
    length: 0,
    precision: 0,
    scale: 0,
    custom: false,
    ...more,
  };
}

function org(name: string, fields: FieldDescribe[]): ObjectDescribe {
  return { name, keyPrefix: null, queryable: true, fields };
}

const fieldMap: FieldMap = {
  Product2: {
    sku: 'StockKeepingUnit',
    item_class: 'Item_Class__c',
    offering_type: 'Offering__c',
    plan_tier: 'Tier__c',
    vpn_region: 'Region__c',
  },
  Account: { internet_eligibility: 'Eligibility__c', eligibility_source: 'Source__c' },
  areas: {
    'internet.plans': ['Internet Plan'],
    'internet.addons': ['Internet Add-on'],
    'sim.plans': ['SIM Plan'],
    'sim.addons': ['SIM Add-on'],
    'vpn.plans': ['VPN Plan'],
    'vpn.addons': ['VPN Add-on'],
  },
};
const rules = { fieldMap, defaultCurrency: null };

describe('leaves of an object', () => {
  it('are the scalars that describe lists: parts of compounds, no compounds, no binaries', () => {
    const schema = leafSchemaOf(
      account,
      org('Account', [
        field('Id', 'id'),
        field('BillingAddress', 'address'),
        field('BillingStreet', 'textarea', { compoundFieldName: 'BillingAddress' }),
        field('Photo__c', 'base64'),
        field('Score__c', 'double', { calculated: true }),
        field('SystemModstamp', 'datetime'),
        field('AnnualRevenue', 'currency'),
      ]),
    );
    expect(schema.leaves).toEqual([
      { name: 'Id', type: 'id', class: 'read-only' },
      { name: 'BillingStreet', type: 'text', class: 'stored' },
      { name: 'Score__c', type: 'decimal', class: 'read-only' },
      { name: 'SystemModstamp', type: 'datetime', class: 'read-only' },
      { name: 'AnnualRevenue', type: 'decimal', class: 'stored' },
    ]);
    expect(schema.stored).toEqual(['AnnualRevenue', 'BillingStreet']);
    expect(schema.readOnly).toEqual(['Id', 'Score__c', 'SystemModstamp']);
  });

  it('a name made of parts is told by reads alone', () => {
    const person = [field('Name', 'string'), field('FirstName', 'string', { compoundFieldName: 'Name' })];
    expect(leafSchemaOf(account, org('Account', person)).readOnly).toEqual(['Name']);
    expect(leafSchemaOf(account, org('Account', [field('Name', 'string')])).stored).toEqual(['Name']);
  });
});

describe('mirrored objects', () => {
  it('come parents first, and each knows its child', () => {
    expect(mirroredObjectNames).toEqual(Object.keys(mirroredObjects));
    expect(childOf('Product2')).toBe(pricebookEntry);
    expect(childOf('Account')).toBeUndefined();
    expect(isMirroredObjectName('Contact')).toBe(false);
  });

  it('bind their mapped columns to the fields of the map', () => {
    const leaves = bindColumns(product2, rules).map(({ column, leaf }) => [column, leaf]);
    expect(leaves).toEqual([
      ['sku', 'StockKeepingUnit'],
      ['name', 'Name'],
      ['item_class', 'Item_Class__c'],
      ['offering_type', 'Offering__c'],
      ['plan_tier', 'Tier__c'],
      ['vpn_region', 'Region__c'],
    ]);
  });

  it('are projected anew exactly when their own columns would come out differently', () => {
    const moved = { ...fieldMap, Product2: { ...fieldMap.Product2, plan_tier: 'Other__c' } };
    const areas = { ...fieldMap, areas: { ...fieldMap.areas, 'vpn.plans': ['VPN'] } };
    const text = (map: FieldMap, currency: string | null = null): string[] =>
      Object.values(mirroredObjects).map((object) =>
        projectionText(object, { fieldMap: map, defaultCurrency: currency }),
      );
    const [product, price, eligibility] = text(fieldMap);
    expect(text(moved)).toEqual([expect.not.stringMatching(`^${product ?? ''}$`), price, eligibility]);
    expect(text(areas)).toEqual([product, price, eligibility]);
    expect(text(fieldMap, 'EUR')[1]).not.toBe(price);
  });
});

describe('the field map against the org', () => {
  const good = ['StockKeepingUnit', 'Item_Class__c', 'Offering__c', 'Tier__c', 'Region__c', 'Name'];

  it('is fine when every field is there', () => {
    const describe = org(
      'Product2',
      good.map((name) => field(name, 'string')),
    );
    expect(checkFieldMap(product2, rules, describe)).toEqual({ problems: [], warnings: [] });
  });

  it('lists every missing field with the nearest names', () => {
    const fields = [
      'StockKeepingUnits',
      'Item_Class__c',
      'Offering_Type__c',
      'Tier__c',
      'Name',
      'Description',
    ];
    const { problems } = checkFieldMap(
      product2,
      rules,
      org(
        'Product2',
        fields.map((name) => field(name, 'string')),
      ),
    );
    expect(problems).toHaveLength(3);
    expect(problems[0]).toBe(
      'Product2.sku in the field map needs Product2.StockKeepingUnit, which the org lacks or hides from the integration user. Nearest names: StockKeepingUnits, Description, Tier__c.',
    );
    expect(problems.join(' ')).toContain('Offering_Type__c');
  });

  it('refuses a compound, and warns of a formula', () => {
    const describe = org('Account', [
      field('Eligibility__c', 'address'),
      field('Source__c', 'string', { calculated: true }),
    ]);
    const findings = checkFieldMap(account, rules, describe);
    expect(findings.problems[0]).toContain('is a compound or binary field');
    expect(findings.warnings[0]).toContain('formula Account.Source__c');
  });

  it('lets a default currency stand in for the missing field, and nothing else', () => {
    const fields = ['Product2Id', 'Pricebook2Id', 'UnitPrice', 'IsActive'].map((name) =>
      field(name, 'string'),
    );
    const describe = org('PricebookEntry', fields);
    expect(checkFieldMap(pricebookEntry, rules, describe).problems).toHaveLength(1);
    expect(checkFieldMap(pricebookEntry, { fieldMap, defaultCurrency: 'EUR' }, describe).problems).toEqual(
      [],
    );
  });

  it('names what is most alike first', () => {
    expect(nearestNames('Sku__c', ['Name', 'SKU_Code__c', 'sku__c', 'Id'])).toEqual([
      'sku__c',
      'SKU_Code__c',
      'Id',
    ]);
  });
});
