import { mirroredObjectNames, type Leaves, type MirroredObjectName } from '@umbra/domain';
import { buildAccount, buildPricebookEntry, buildProduct2, smallOrg } from '@umbra/testing';

/** Leaves that events carry: describe's, without those that only reads tell. */
export const streamed: Readonly<Record<MirroredObjectName, readonly string[]>> = {
  Product2: [
    'CreatedDate',
    'LastModifiedDate',
    'Name',
    'StockKeepingUnit',
    'Description',
    'IsActive',
    'IsArchived',
    'Item_Class__c',
    'Internet_Offering_Type__c',
    'Internet_Plan_Tier__c',
    'VPN_Region__c',
  ],
  PricebookEntry: [
    'CreatedDate',
    'LastModifiedDate',
    'Product2Id',
    'Pricebook2Id',
    'UnitPrice',
    'CurrencyIsoCode',
    'IsActive',
  ],
  Account: [
    'CreatedDate',
    'LastModifiedDate',
    'Name',
    'NumberOfEmployees',
    'BillingStreet',
    'BillingCity',
    'Internet_Eligibility__c',
    'Internet_Eligibility_Source__c',
  ],
};

/** The text whose changes travel as a diff where they do. */
export const diffedLeaf: Partial<Record<MirroredObjectName, string>> = {
  Product2: 'Description',
  Account: 'BillingStreet',
};

/** By the key prefix. */
export function objectOf(recordId: string): MirroredObjectName {
  const object = mirroredObjectNames.find((name) => smallOrg[name].keyPrefix === recordId.slice(0, 3));
  if (object === undefined) throw new RangeError(`no object has records like ${recordId}`);
  return object;
}

export function topicOf(object: MirroredObjectName): string {
  return `/data/${object}ChangeEvent`;
}

/** What the org makes of a new record. @param leaves of a price, its product among them */
export function built(object: MirroredObjectName, leaves: Leaves): Leaves {
  switch (object) {
    case 'Product2':
      return buildProduct2(leaves);
    case 'PricebookEntry':
      return buildPricebookEntry({ ...leaves, Product2Id: String(leaves['Product2Id']) });
    case 'Account':
      return buildAccount(leaves);
  }
}
