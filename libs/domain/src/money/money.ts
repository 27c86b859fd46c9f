import { Big } from 'big.js';

/**
 * An amount as decimal text with exactly two decimals (`"49.50"`), as the shadow's `numeric(12,2)` holds it. Never a
 * float: 0.1 + 0.2 is "0.30". The currency stands beside it.
 */
export type Money = string & { readonly __money: unique symbol };

/** What `numeric(12,2)` can hold: ten digits before the point. */
const LIMIT = new Big('9999999999.99');

/** The amount, or undefined when it is no number or `numeric(12,2)` cannot hold it exactly. Nothing is rounded. */
export function exactMoney(decimal: string): Money | undefined {
  const amount = parse(decimal);
  if (amount === undefined || amount.abs().gt(LIMIT) || !amount.eq(amount.round(2))) return undefined;
  return format(amount);
}

/** Price of several pieces; exact. */
export function timesMoney(unit: Money, quantity: number): Money {
  return format(new Big(unit).times(quantity));
}

/** Sum; exact, and "0.00" of nothing. */
export function sumMoney(amounts: readonly Money[]): Money {
  return format(amounts.reduce((sum, amount) => sum.plus(amount), new Big(0)));
}

function parse(decimal: string): Big | undefined {
  // Big takes "1e400000000" and would then work for minutes; no amount is that long.
  if (decimal.length > 64 || !/^-?\d+(\.\d+)?$/.test(decimal)) return undefined;
  return new Big(decimal);
}

/** Two decimals; minus zero is zero. */
function format(amount: Big): Money {
  return (amount.eq(0) ? '0.00' : amount.toFixed(2)) as Money;
}
