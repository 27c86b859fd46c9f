import type { FieldDescribe, MirroredObjectName, ObjectDescribe } from '@umbra/domain';

/** A field of an org, as far as describe's readers care. */
export function field(name: string, type: string, more: Partial<FieldDescribe> = {}): FieldDescribe {
  return {
    name,
    type,
    soapType: 'xsd:string',
    calculated: false,
    compoundFieldName: null,
    nillable: true,
    length: 255,
    precision: 0,
    scale: 0,
    custom: name.endsWith('__c'),
    ...more,
  };
}

const system = [
  field('Id', 'id'),
  field('IsDeleted', 'boolean'),
  field('CreatedDate', 'datetime'),
  field('LastModifiedDate', 'datetime'),
  field('SystemModstamp', 'datetime'),
];

/** Describe answers of a small org with the fields of the default field map. */
export const smallOrg: Readonly<Record<MirroredObjectName, ObjectDescribe>> = {
  Product2: {
    name: 'Product2',
    keyPrefix: '01t',
    queryable: true,
    fields: [
      ...system,
      field('Name', 'string'),
      field('StockKeepingUnit', 'string'),
      field('Description', 'textarea'),
      field('IsActive', 'boolean'),
      field('IsArchived', 'boolean'),
      field('Item_Class__c', 'picklist'),
      field('Internet_Offering_Type__c', 'picklist'),
      field('Internet_Plan_Tier__c', 'picklist'),
      field('VPN_Region__c', 'picklist'),
      field('Label__c', 'string', { calculated: true }),
    ],
  },
  PricebookEntry: {
    name: 'PricebookEntry',
    keyPrefix: '01u',
    queryable: true,
    fields: [
      ...system,
      field('Name', 'string'),
      field('Product2Id', 'reference'),
      field('Pricebook2Id', 'reference'),
      field('UnitPrice', 'currency'),
      field('CurrencyIsoCode', 'picklist'),
      field('IsActive', 'boolean'),
    ],
  },
  Account: {
    name: 'Account',
    keyPrefix: '001',
    queryable: true,
    fields: [
      ...system,
      field('MasterRecordId', 'reference'),
      field('Name', 'string'),
      field('NumberOfEmployees', 'int'),
      field('BillingAddress', 'address'),
      field('BillingStreet', 'textarea', { compoundFieldName: 'BillingAddress' }),
      field('BillingCity', 'string', { compoundFieldName: 'BillingAddress' }),
      field('Internet_Eligibility__c', 'multipicklist'),
      field('Internet_Eligibility_Source__c', 'picklist'),
      field('Region__c', 'string', { calculated: true }),
    ],
  },
};
