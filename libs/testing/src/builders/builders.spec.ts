import { describe, expect, it } from '@jest/globals';
import { mirroredObjects, widenRecordId, type MirroredObjectName } from '@umbra/domain';
import { accountRow, buildAccount } from './account.ts';
import { buildPricebookEntry, pricebookEntryRow } from './pricebook-entry.ts';
import { buildProduct2, product2Row } from './product2.ts';
import { freshRecordId, recordId } from './record-ids.ts';
import type { ShadowRow } from './shadow-row.ts';

const rows: Readonly<Record<MirroredObjectName, ShadowRow>> = {
  Product2: product2Row(buildProduct2({ VPN_Region__c: null })),
  PricebookEntry: pricebookEntryRow(buildPricebookEntry({ Product2Id: recordId('01t', 1) })),
  Account: accountRow(buildAccount()),
};

describe('builders', () => {
  it.each(Object.values(mirroredObjects))(
    'fill every column of $table',
    ({ name, keyColumn, keyPrefix, columns }) => {
      const row = rows[name];
      for (const { column, missing } of columns) {
        expect(row).toHaveProperty(column);
        if (missing !== undefined) expect(row[column]).not.toBeNull();
      }
      expect(row[keyColumn]).toMatch(new RegExp(`^${keyPrefix}`));
      expect(widenRecordId(String(row[keyColumn]))).toBe(row[keyColumn]);
    },
  );

  it('leave no key for a leaf without a value', () => {
    expect(JSON.parse(String(rows.Product2['raw_payload']))).not.toHaveProperty('VPN_Region__c');
  });

  it('never use an id twice, and number ids in byte order', () => {
    const ids = Array.from({ length: 100 }, () => freshRecordId('001'));
    expect(new Set(ids).size).toBe(100);
    const numbered = [1, 2, 10, 99, 100, 12_345].map((n) => recordId('001', n));
    expect(numbered.toSorted()).toEqual(numbered);
  });
});
