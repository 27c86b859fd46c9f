import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { exactMoney, sumMoney, timesMoney, type Money } from './money.ts';

const cents = fc.bigInt({ min: -999_999_999_999n, max: 999_999_999_999n });

function moneyOf(amount: bigint): Money {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(3, '0');
  return `${amount < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}` as Money;
}

describe('money', () => {
  it('totals are exact, whatever the number of lines', () => {
    const line = fc.record({ cents, quantity: fc.integer({ min: 1, max: 9999 }) });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 50 }), (lines) => {
        const total = sumMoney(lines.map((each) => timesMoney(moneyOf(each.cents), each.quantity)));
        expect(total).toBe(
          moneyOf(lines.reduce((sum, each) => sum + each.cents * BigInt(each.quantity), 0n)),
        );
      }),
    );
  });

  it('keeps every amount that numeric(12,2) holds', () => {
    fc.assert(fc.property(cents, (amount) => expect(exactMoney(moneyOf(amount))).toBe(moneyOf(amount))));
  });

  it.each([
    ['49.5', '49.50'],
    ['0', '0.00'],
    ['-0.00', '0.00'],
    ['12.340', '12.34'],
    ['9999999999.99', '9999999999.99'],
  ])('reads %s as %s', (text, money) => {
    expect(exactMoney(text)).toBe(money);
  });

  it.each(['10000000000', '0.001', '1.005', 'abc', '', '1e3', '1e400000000', 'NaN', '.5', '5.'])(
    'refuses %j instead of rounding or guessing',
    (text) => {
      expect(exactMoney(text)).toBeUndefined();
    },
  );

  it('adds tenths without a float', () => {
    expect(sumMoney(['0.10' as Money, '0.20' as Money])).toBe('0.30');
    expect(sumMoney([])).toBe('0.00');
  });
});
