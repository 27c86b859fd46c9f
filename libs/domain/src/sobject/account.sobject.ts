import type { MirroredObject } from './mirrored-object.ts';

/** Eligibility: what may be offered to whom. */
export const account: MirroredObject = {
  name: 'Account',
  table: 'sf_account_eligibility_shadow',
  keyColumn: 'account_id',
  keyPrefix: '001',
  columns: [
    {
      column: 'internet_eligibility',
      leaf: 'internet_eligibility',
      mapped: true,
      type: 'text',
      personal: true,
    },
    { column: 'eligibility_source', leaf: 'eligibility_source', mapped: true, type: 'text', personal: true },
  ],
  readOnlyLeaves: [
    'Id',
    'IsDeleted',
    'MasterRecordId',
    'SystemModstamp',
    'PhotoUrl',
    'LastActivityDate',
    'LastViewedDate',
    'LastReferencedDate',
  ],
};
