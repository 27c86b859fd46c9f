import { buildAccount, buildPricebookEntry, buildProduct2, recordId, type MemoryOrg } from '@umbra/testing';

/** Forty products, eighty prices, four hundred accounts, eight of which are deleted. */
export function furnish(org: MemoryOrg): void {
  for (let n = 1; n <= 40; n++) {
    org.put(buildProduct2({ Id: recordId('01t', n), StockKeepingUnit: `SKU-${String(n)}` }));
    for (const currency of ['EUR', 'USD']) {
      const id = recordId('01u', n * 2 + (currency === 'EUR' ? 0 : 1));
      const at = { Id: id, Product2Id: recordId('01t', n) };
      org.put(buildPricebookEntry({ ...at, CurrencyIsoCode: currency, UnitPrice: '49.50' }));
    }
  }
  for (let n = 1; n <= 400; n++) {
    org.put(
      buildAccount({
        Id: recordId('001', n),
        Name: `"Quoted", ${String(n)}\nand new line \\ tab\t`,
        NumberOfEmployees: n % 7 === 0 ? null : n,
        IsDeleted: n % 50 === 0,
        MasterRecordId: n % 100 === 0 ? recordId('001', 1) : null,
      }),
    );
  }
}

/** Adds what the user's columns cannot hold, and a SKU that three products claim. */
export function furnishAwkwardly(org: MemoryOrg): void {
  furnish(org);
  org.put(
    buildProduct2({ Id: recordId('01t', 41), StockKeepingUnit: null }),
    buildProduct2({ Id: recordId('01t', 42), StockKeepingUnit: 'SKU-1' }),
    buildProduct2({ Id: recordId('01t', 43), StockKeepingUnit: 'SKU-1', IsActive: false }),
    buildPricebookEntry({ Id: recordId('01u', 101), Product2Id: recordId('01t', 42) }),
    buildPricebookEntry({ Id: recordId('01u', 102), Product2Id: recordId('01t', 1), UnitPrice: '0.005' }),
    buildPricebookEntry({ Id: recordId('01u', 103), Product2Id: recordId('01t', 77) }),
  );
}
