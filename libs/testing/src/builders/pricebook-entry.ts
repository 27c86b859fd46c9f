import type { Leaves } from '@umbra/domain';
import type pg from 'pg';
import { freshRecordId, recordId } from './record-ids.ts';
import { commonColumns, insertRow, type ShadowRow } from './shadow-row.ts';

/** The price book of entries that name no other. */
export const builtPricebookId = recordId('01s', 1);

/** Leaves of an active price; `Product2Id` names the product. */
export function buildPricebookEntry(changes: Leaves & { readonly Product2Id: string }): Leaves {
  return {
    Id: freshRecordId('01u'),
    IsDeleted: false,
    Pricebook2Id: builtPricebookId,
    UnitPrice: '49.9',
    CurrencyIsoCode: 'EUR',
    IsActive: true,
    CreatedDate: '2025-01-01T00:00:00.000Z',
    LastModifiedDate: '2025-06-01T00:00:00.000Z',
    SystemModstamp: '2025-06-01T00:00:00.000Z',
    ...changes,
  };
}

export function pricebookEntryRow(leaves: Leaves, changes: ShadowRow = {}): ShadowRow {
  return {
    pricebook_entry_id: leaves['Id'],
    product_id: leaves['Product2Id'],
    pricebook_id: leaves['Pricebook2Id'],
    unit_price: leaves['UnitPrice'],
    currency_iso_code: leaves['CurrencyIsoCode'],
    is_active: leaves['IsActive'],
    ...commonColumns(leaves),
    ...changes,
  };
}

/** Puts the price into its shadow table; its product must be in its own. */
export async function insertPricebookEntry(
  client: pg.ClientBase,
  changes: Leaves & { readonly Product2Id: string },
): Promise<Leaves> {
  const leaves = buildPricebookEntry(changes);
  await insertRow(client, 'sf_pricebook_shadow', pricebookEntryRow(leaves));
  return leaves;
}
