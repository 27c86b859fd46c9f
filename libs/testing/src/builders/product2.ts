import type { Leaves } from '@umbra/domain';
import type pg from 'pg';
import { freshRecordId } from './record-ids.ts';
import { commonColumns, insertRow, type ShadowRow } from './shadow-row.ts';

/** Leaves of a product on sale, fields of the demo org; what is passed replaces or adds leaves. */
export function buildProduct2(changes: Leaves = {}): Leaves {
  const id = changes['Id'] ?? freshRecordId('01t');
  return {
    Id: id,
    IsDeleted: false,
    Name: 'Home Fibre 1000',
    StockKeepingUnit: `SKU-${String(id).slice(6, 15)}`,
    Item_Class__c: 'Internet Plan',
    Internet_Offering_Type__c: 'FTTH',
    Internet_Plan_Tier__c: 'Gold',
    VPN_Region__c: null,
    IsActive: true,
    IsArchived: false,
    Description: 'Up to 1,000 Mbit/s',
    CreatedDate: '2025-01-01T00:00:00.000Z',
    LastModifiedDate: '2025-06-01T00:00:00.000Z',
    SystemModstamp: '2025-06-01T00:00:00.000Z',
    ...changes,
  };
}

export function product2Row(leaves: Leaves, changes: ShadowRow = {}): ShadowRow {
  return {
    product_id: leaves['Id'],
    sku: leaves['StockKeepingUnit'],
    name: leaves['Name'],
    item_class: leaves['Item_Class__c'] ?? null,
    offering_type: leaves['Internet_Offering_Type__c'] ?? null,
    plan_tier: leaves['Internet_Plan_Tier__c'] ?? null,
    vpn_region: leaves['VPN_Region__c'] ?? null,
    ...commonColumns(leaves),
    ...changes,
  };
}

/** Puts the product into its shadow table. */
export async function insertProduct2(client: pg.ClientBase, changes: Leaves = {}): Promise<Leaves> {
  const leaves = buildProduct2(changes);
  await insertRow(client, 'sf_product_shadow', product2Row(leaves));
  return leaves;
}
