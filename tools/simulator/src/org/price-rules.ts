import type { Draft, DraftRow } from './draft.ts';
import { put, tableOf, type EditContext } from './edit-context.ts';
import { ordinalInId } from './ids.ts';
import type { SfValue } from './record.ts';
import { refuse } from './row-refused.ts';

/**
 * One price per product, price book and currency; and a price in another book than the standard one needs the standard
 * price in that currency first.
 */
export function checkPriceDefinition(context: EditContext, draft: Draft, row: DraftRow): void {
  const { table } = row;
  const of = (ordinal: number, name: string): SfValue => draft.valueOf(table, ordinal, name);
  const product = String(of(row.ordinal, 'Product2Id'));
  const book = of(row.ordinal, 'Pricebook2Id');
  const currency = of(row.ordinal, 'CurrencyIsoCode');
  const siblings = draft
    .referring(table, 'Product2Id', tableOf(context, 'Product2'), ordinalInId(product))
    .filter((ordinal) => ordinal !== row.ordinal && draft.presence(table, ordinal) === 'live')
    .filter((ordinal) => of(ordinal, 'CurrencyIsoCode') === currency);
  if (siblings.some((ordinal) => of(ordinal, 'Pricebook2Id') === book)) {
    refuse('DUPLICATE_VALUE', 'This price definition already exists in this price book');
  }
  const books = tableOf(context, 'Pricebook2');
  const isStandard = (id: SfValue): boolean =>
    typeof id === 'string' && draft.valueOf(books, ordinalInId(id), 'IsStandard') === true;
  if (isStandard(book)) return;
  const standard = siblings.find((ordinal) => isStandard(of(ordinal, 'Pricebook2Id')));
  if (standard === undefined) {
    refuse('STANDARD_PRICE_NOT_DEFINED', 'Before creating a custom price, create a standard price.');
  }
  if (of(row.ordinal, 'UseStandardPrice') === true) put(row, 'UnitPrice', of(standard, 'UnitPrice'));
}
