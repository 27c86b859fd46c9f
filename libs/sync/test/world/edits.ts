import { recordId } from '@umbra/testing';
import type { OrgWriter, Telling } from './org-writer.ts';

const PRODUCTS = 6;
const PRICES = 9;
const ACCOUNTS = 3;
const LEAVES = ['Name', 'Description', 'Item_Class__c', 'VPN_Region__c'];
/** Few, so that products contest them. */
const SKUS = ['A', 'B', 'C'];
/** The third and the fourth do not fit the shadow's column, and wait aside. */
const AMOUNTS = ['9.99', '49.9', '9.999', '99999999999', '5', '120'];
const ACCOUNT_LEAVES = ['Name', 'BillingStreet', 'BillingCity', 'Internet_Eligibility__c'];

const tellings: readonly (readonly [Telling, number])[] = [
  ['told', 0.7],
  ['gap', 0.08],
  ['diff', 0.06],
  ['undecodable', 0.03],
  ['late', 0.1],
  ['overflow', 0.03],
];

/** Makes one edit at random, told in one of the ways there are. */
type Editing = (writer: OrgWriter, random: () => number) => () => void;

/** Edits of products that nothing else depends on. */
export const editProducts: Editing = (writer, random) => () => {
  const id = recordId('01t', 1 + Math.floor(random() * PRODUCTS));
  const telling = tellingOf(random());
  if (random() < 0.12) return writer.remove(id, telling);
  editText(writer, random, id, LEAVES, telling);
};

/** Edits of products that hand SKUs to each other, of their prices, and of accounts. */
export const editRecords: Editing = (writer, random) => {
  const below = (count: number): number => Math.floor(random() * count);
  const product = (telling: Telling): void => {
    const id = recordId('01t', 1 + below(PRODUCTS));
    const draw = random();
    if (draw < 0.15) writer.remove(id, telling);
    else if (draw < 0.4) writer.save(id, { StockKeepingUnit: SKUS[below(SKUS.length)] ?? null }, telling);
    else if (draw < 0.5) writer.save(id, { IsActive: random() < 0.5 }, telling);
    else editText(writer, random, id, LEAVES, telling);
  };
  const price = (telling: Telling): void => {
    const n = below(PRICES);
    const id = recordId('01u', 1 + n);
    if (random() < 0.12) return writer.remove(id, telling);
    const UnitPrice = AMOUNTS[below(AMOUNTS.length)] ?? null;
    const Product2Id = recordId('01t', 1 + (n % PRODUCTS));
    writer.save(id, { Product2Id, UnitPrice, IsActive: random() < 0.8 }, telling);
  };
  const account = (telling: Telling): void => {
    const id = recordId('001', 1 + below(ACCOUNTS));
    if (random() < 0.12) writer.remove(id, telling);
    else editText(writer, random, id, ACCOUNT_LEAVES, telling);
  };
  return () => {
    const telling = tellingOf(random());
    const draw = random();
    (draw < 0.5 ? product : draw < 0.82 ? price : account)(telling);
  };
};

/** Another text, or none. A record without a name waits aside, which is another test's subject. */
function editText(
  writer: OrgWriter,
  random: () => number,
  id: string,
  leaves: readonly string[],
  telling: Telling,
): void {
  const value = random() < 0.15 ? null : `v${String(Math.floor(random() * 1e9))}`;
  const leaf = leaves[Math.floor(random() * leaves.length)] ?? 'Name';
  writer.save(id, { [leaf]: leaf === 'Name' ? (value ?? 'named') : value }, telling);
}

function tellingOf(draw: number): Telling {
  let left = draw;
  for (const [telling, share] of tellings) {
    left -= share;
    if (left < 0) return telling;
  }
  return 'told';
}
