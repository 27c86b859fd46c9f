import type { PlainClient, PlainRow } from './plain-client.ts';

export const plainObjects = ['Product2', 'PricebookEntry', 'Account'] as const;
export type PlainObject = (typeof plainObjects)[number];

const plainTable: Readonly<Record<PlainObject, 'product' | 'price' | 'account'>> = {
  Product2: 'product',
  PricebookEntry: 'price',
  Account: 'account',
};

/** Column of each field that readers ask for. */
const columns: Readonly<Record<PlainObject, Readonly<Record<string, string>>>> = {
  Product2: {
    StockKeepingUnit: 'sku',
    Name: 'name',
    Item_Class__c: 'itemClass',
    Internet_Offering_Type__c: 'offeringType',
    Internet_Plan_Tier__c: 'planTier',
    VPN_Region__c: 'vpnRegion',
  },
  PricebookEntry: {
    Product2Id: 'productId',
    Pricebook2Id: 'pricebookId',
    UnitPrice: 'unitPrice',
    CurrencyIsoCode: 'currencyIsoCode',
    IsActive: 'isActive',
  },
  Account: {
    Internet_Eligibility__c: 'internetEligibility',
    Internet_Eligibility_Source__c: 'eligibilitySource',
  },
};

/** Of all fields, those that have a column; what an event does not name stays as it is. */
export function columnsOf(
  object: PlainObject,
  fields: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (const [field, column] of Object.entries(columns[object])) {
    if (Object.hasOwn(fields, field)) row[column] = fields[field];
  }
  return row;
}

export function rowOf(object: PlainObject, id: string, fields: Readonly<Record<string, unknown>>): PlainRow {
  return { id, payload: fields, ...columnsOf(object, fields) };
}

export function tableOf(client: PlainClient, object: PlainObject): PlainClient['product'] {
  return client[plainTable[object]];
}
