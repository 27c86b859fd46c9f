import { exactMoney, type Money, type PriceRow } from '@umbra/domain';

export interface Price {
  readonly currency: string;
  readonly unitPrice: Money;
}

/**
 * One price per currency, in the order of the codes. Should an org have two active entries of one product and
 * currency, the smaller id counts, so that the answer does not depend on the order of rows.
 */
export function pricesByCurrency(rows: readonly PriceRow[]): Price[] {
  const chosen = new Map<string, PriceRow>();
  for (const row of rows) {
    const other = chosen.get(row.currency);
    if (other === undefined || row.pricebookEntryId < other.pricebookEntryId) chosen.set(row.currency, row);
  }
  return [...chosen.values()]
    .flatMap(({ currency, unitPrice }) => {
      const amount = exactMoney(unitPrice);
      return amount === undefined ? [] : [{ currency, unitPrice: amount }];
    })
    .toSorted((one, other) => (one.currency < other.currency ? -1 : 1));
}

/** Currencies in which every one of these has a price, in the order of the codes. */
export function sharedCurrencies(pricesPerLine: readonly (readonly Price[])[]): string[] {
  const [first = [], ...rest] = pricesPerLine.map((prices) => prices.map(({ currency }) => currency));
  return first.filter((currency) => rest.every((others) => others.includes(currency)));
}
