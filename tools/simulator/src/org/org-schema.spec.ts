import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { idOf } from './ids.ts';
import { openOrg } from './open-org.ts';
import type { Org } from './org.ts';
import type { SfValue } from './record.ts';

let org: Org;
beforeEach(() => {
  org = openOrg({ scale: 'demo', seed: 7 });
});
afterEach(() => org.close());

const fieldsOf = (object: string): Record<string, unknown>[] =>
  org.schema.describe(object, 'v62.0')['fields'] as Record<string, unknown>[];
const fieldOf = (object: string, name: string): Record<string, unknown> | undefined =>
  fieldsOf(object).find((field) => field['name'] === name);

function valueOf(object: string, id: string, field: string): SfValue | undefined {
  const snapshot = org.truth();
  const value = snapshot.get(object, id)?.[field];
  snapshot.release();
  return value;
}

const grants = (): SfValue[] => {
  const snapshot = org.truth();
  const rights = snapshot.table('FieldPermissions');
  const fields = [...rights.ordinals()].map((ordinal) => rights.column('Field')(ordinal));
  snapshot.release();
  return fields;
};

// Confirmed against the client library's own types.
const describeKeys = [
  'aggregatable',
  'autoNumber',
  'byteLength',
  'calculated',
  'calculatedFormula',
  'cascadeDelete',
  'caseSensitive',
  'compoundFieldName',
  'controllerName',
  'createable',
  'custom',
  'defaultValue',
  'defaultValueFormula',
  'defaultedOnCreate',
  'dependentPicklist',
  'deprecatedAndHidden',
  'digits',
  'encrypted',
  'externalId',
  'extraTypeInfo',
  'filterable',
  'groupable',
  'highScaleNumber',
  'htmlFormatted',
  'idLookup',
  'inlineHelpText',
  'label',
  'length',
  'mask',
  'maskType',
  'name',
  'nameField',
  'namePointing',
  'nillable',
  'permissionable',
  'picklistValues',
  'precision',
  'queryByDistance',
  'referenceTargetField',
  'referenceTo',
  'relationshipName',
  'relationshipOrder',
  'restrictedDelete',
  'restrictedPicklist',
  'scale',
  'soapType',
  'sortable',
  'type',
  'unique',
  'updateable',
  'writeRequiresMasterRead',
];

describe('describe', () => {
  it('gives every key for every field of every object', () => {
    for (const { name } of org.schema.objects) {
      for (const field of fieldsOf(name))
        expect(Object.keys(field)).toEqual(expect.arrayContaining(describeKeys));
    }
  });

  it('lists the objects with their key prefixes', () => {
    const { sobjects } = org.schema.describeGlobal('v62.0') as {
      sobjects: { name: string; keyPrefix: string; urls: object }[];
    };
    expect(Object.fromEntries(sobjects.map(({ name, keyPrefix }) => [name, keyPrefix]))).toEqual({
      Account: '001',
      CurrencyType: '01L',
      FieldPermissions: '01k',
      ObjectPermissions: '110',
      Organization: '00D',
      PermissionSet: '0PS',
      PermissionSetAssignment: '0Pa',
      Pricebook2: '01s',
      PricebookEntry: '01u',
      Product2: '01t',
      User: '005',
    });
    expect(sobjects[0]?.urls).toMatchObject({ describe: '/services/data/v62.0/sobjects/Account/describe' });
  });

  it('names compounds, formulas and soap types as a real org does', () => {
    expect(fieldOf('Account', 'BillingAddress')).toMatchObject({
      type: 'address',
      soapType: 'urn:address',
      queryByDistance: true,
    });
    expect(fieldOf('Account', 'BillingStreet')).toMatchObject({
      compoundFieldName: 'BillingAddress',
      type: 'textarea',
    });
    expect(fieldOf('Account', 'Owner_Team__c')).toMatchObject({
      calculated: true,
      createable: false,
      custom: true,
    });
    expect(fieldOf('Account', 'OwnerId')).toMatchObject({
      referenceTo: ['User'],
      relationshipName: 'Owner',
      soapType: 'tns:ID',
      length: 18,
    });
    expect(fieldOf('PricebookEntry', 'UnitPrice')).toMatchObject({
      type: 'currency',
      precision: 18,
      scale: 2,
      soapType: 'xsd:double',
    });
    expect(fieldsOf('Account').length).toBeGreaterThan(50);
  });
});

describe('field-level security', () => {
  it('takes a field out of describe and out of the permission rows, and gives it back', () => {
    const revision = org.schema.object('Account')?.revision ?? 0;
    expect(grants()).toContain('Account.Internet_Eligibility__c');
    org.schema.hideField('Account', 'Internet_Eligibility__c');
    org.schema.hideField('account', 'billingaddress');
    expect(fieldOf('Account', 'Internet_Eligibility__c')).toBeUndefined();
    expect(fieldOf('Account', 'BillingCity')).toBeUndefined();
    expect(grants()).not.toContain('Account.Internet_Eligibility__c');
    expect(org.schema.object('Account')?.revision).toBe(revision + 2);
    org.schema.showField('Account', 'Internet_Eligibility__c');
    expect(fieldOf('Account', 'Internet_Eligibility__c')).toBeDefined();
    expect(grants()).toContain('Account.Internet_Eligibility__c');
  });

  it('does not apply to fields that everybody sees', () => {
    expect(() => org.schema.hideField('Account', 'Name')).toThrow('visible to everyone');
  });
});

describe('changing fields', () => {
  const id = idOf('001', 1);
  const write = (fields: Record<string, SfValue>): boolean | undefined =>
    org.transact([{ op: 'update', object: 'Account', id, fields }]).results[0]?.success;

  it('adds a field at the end or in the middle, empty or with its checkbox default', () => {
    org.schema.addField('Account', { name: 'Loyalty__c', type: 'string', length: 10 });
    org.schema.addField('Account', { name: 'Flagged__c', type: 'boolean', defaultValue: true }, 'Phone');
    const names = fieldsOf('Account').map((field) => field['name']);
    expect(names.at(-1)).toBe('Loyalty__c');
    expect(names[names.indexOf('Phone') - 1]).toBe('Flagged__c');
    expect([valueOf('Account', id, 'Loyalty__c'), valueOf('Account', id, 'Flagged__c')]).toEqual([
      null,
      true,
    ]);
    expect(write({ Loyalty__c: 'gold' })).toBe(true);
    expect(valueOf('Account', id, 'Loyalty__c')).toBe('gold');
    expect(org.schema.object('Account')?.field('Loyalty__c')?.fieldId).toMatch(/^00N.{15}$/);
    expect(() => org.schema.addField('Account', { name: 'loyalty__C', type: 'date' })).toThrow(
      'already a field',
    );
  });

  it('removes a field with its values, even when one of that name comes back', () => {
    write({ Service_Notes__c: 'old' });
    org.schema.removeField('Account', 'Service_Notes__c');
    expect(write({ Service_Notes__c: 'x' })).toBe(false);
    org.schema.addField('Account', { name: 'Service_Notes__c', type: 'string', length: 50 });
    expect(valueOf('Account', id, 'Service_Notes__c')).toBeNull();
    expect(write({ Service_Notes__c: 'new' })).toBe(true);
    expect(valueOf('Account', id, 'Service_Notes__c')).toBe('new');
    expect(() => org.schema.removeField('Account', 'Phone')).toThrow('standard field');
  });

  it('retypes: text of a number stays, a date to text is emptied', () => {
    write({ Churn_Risk__c: 12.5, Eligibility_Checked_On__c: '2026-01-31' });
    org.schema.retypeField('Account', 'Churn_Risk__c', { type: 'string', length: 20 });
    org.schema.retypeField('Account', 'Eligibility_Checked_On__c', { type: 'string', length: 20 });
    expect(valueOf('Account', id, 'Churn_Risk__c')).toBe('12.5');
    expect(valueOf('Account', idOf('001', 2), 'Churn_Risk__c')).toEqual(expect.any(String));
    expect(valueOf('Account', id, 'Eligibility_Checked_On__c')).toBeNull();
    expect(write({ Churn_Risk__c: 'high' })).toBe(true);
    org.schema.retypeField('Account', 'Churn_Risk__c', { type: 'double', precision: 18, scale: 2 });
    expect(valueOf('Account', id, 'Churn_Risk__c')).toBeNull();
    expect(fieldOf('Account', 'Churn_Risk__c')).toMatchObject({ type: 'double', precision: 18 });
  });
});
