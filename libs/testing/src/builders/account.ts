import type { Leaves } from '@umbra/domain';
import type pg from 'pg';
import { freshRecordId } from './record-ids.ts';
import { commonColumns, insertRow, type ShadowRow } from './shadow-row.ts';

/** Leaves of an account that may be offered fibre, fields of the demo org. */
export function buildAccount(changes: Leaves = {}): Leaves {
  return {
    Id: freshRecordId('001'),
    IsDeleted: false,
    Name: 'Ada Lovelace',
    Internet_Eligibility__c: 'FTTH',
    Internet_Eligibility_Source__c: 'Address check',
    BillingCity: 'London',
    CreatedDate: '2025-01-01T00:00:00.000Z',
    LastModifiedDate: '2025-06-01T00:00:00.000Z',
    SystemModstamp: '2025-06-01T00:00:00.000Z',
    ...changes,
  };
}

export function accountRow(leaves: Leaves, changes: ShadowRow = {}): ShadowRow {
  return {
    account_id: leaves['Id'],
    internet_eligibility: leaves['Internet_Eligibility__c'] ?? null,
    eligibility_source: leaves['Internet_Eligibility_Source__c'] ?? null,
    ...commonColumns(leaves),
    ...changes,
  };
}

/** Puts the account into its shadow table. */
export async function insertAccount(client: pg.ClientBase, changes: Leaves = {}): Promise<Leaves> {
  const leaves = buildAccount(changes);
  await insertRow(client, 'sf_account_eligibility_shadow', accountRow(leaves));
  return leaves;
}
