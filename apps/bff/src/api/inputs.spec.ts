import { describe, expect, it } from '@jest/globals';
import { isUmbraError } from '@umbra/domain';
import type { z } from 'zod';
import { readInput } from './input.ts';
import {
  accountPath,
  plansForAccountQuery,
  pricesQuery,
  quoteBody,
  skuPath,
  vpnPlansQuery,
} from './inputs.ts';

function problemsOf(schema: z.ZodType, value: unknown): readonly string[] {
  try {
    readInput(schema, value, 'query');
    return [];
  } catch (error) {
    if (!isUmbraError(error)) throw error;
    expect(error.code).toBe('INPUT_INVALID');
    return error.problems;
  }
}

describe('inputs', () => {
  it('widens a 15-character account id', () => {
    expect(readInput(accountPath, { accountId: '001000000000001' }, 'path')).toEqual({
      accountId: '001000000000001AAA',
    });
  });

  it.each(['', 'abc', '001000000000001AAB', '01t000000000001', "001' OR '1'='1", '00100000000000\u2028'])(
    'refuses %j as an account id',
    (accountId) => {
      expect(problemsOf(accountPath, { accountId })).toEqual([
        'accountId: is no account id (15 or 18 characters, beginning with 001)',
      ]);
    },
  );

  it('lists every problem, and names what it does not know', () => {
    expect(problemsOf(plansForAccountQuery, { accountId: 'x', currency: 'eur', acountId: 'x' })).toEqual([
      'accountId: is no account id (15 or 18 characters, beginning with 001)',
      'currency: needs an ISO 4217 code like EUR',
      'acountId: is not known here',
    ]);
    expect(problemsOf(vpnPlansQuery, { region: ['a', 'b'] })).toHaveLength(1);
  });

  it('sec-18: takes 200 SKUs and not 201, none empty, each once', () => {
    const many = (count: number): string => Array.from({ length: count }, (_, at) => `S${at}`).join(',');
    expect(readInput(pricesQuery, { skus: many(200) }, 'query').skus).toHaveLength(200);
    expect(problemsOf(pricesQuery, { skus: many(201) })).toEqual(['skus: takes at most 200 SKUs']);
    expect(problemsOf(pricesQuery, { skus: 'A,,B' })).toEqual(['skus[1]: is empty']);
    expect(problemsOf(pricesQuery, {})).toHaveLength(1);
    expect(problemsOf(pricesQuery, { skus: ['A', 'B'] })).toHaveLength(1);
    expect(readInput(pricesQuery, { skus: 'A, B,A' }, 'query').skus).toEqual(['A', 'B']);
    expect(problemsOf(skuPath, { sku: 'x'.repeat(256) })).toHaveLength(1);
  });

  it('sec-9: a quote refuses what it does not know, at every depth', () => {
    expect(
      problemsOf(quoteBody, { lines: [{ sku: 'A', quantity: 1, price: '0.01' }], discount: '100' }),
    ).toEqual(['lines[0].price: is not known here', 'discount: is not known here']);
  });

  it.each([0, -1, 10_000, 1.5, '1', null, Number.NaN])('a quote refuses the quantity %p', (quantity) => {
    expect(problemsOf(quoteBody, { lines: [{ sku: 'A', quantity }] })).toHaveLength(1);
  });

  it('a quote has 1 to 200 lines', () => {
    const line = { sku: 'A', quantity: 1 };
    expect(problemsOf(quoteBody, { lines: [] })).toEqual(['lines: needs at least one line']);
    expect(problemsOf(quoteBody, { lines: Array(201).fill(line) })).toEqual([
      'lines: takes at most 200 lines',
    ]);
    expect(problemsOf(quoteBody, undefined)).toHaveLength(1);
    expect(problemsOf(quoteBody, [])).toHaveLength(1);
    expect(problemsOf(quoteBody, { lines: Array(200).fill(line) })).toEqual([]);
  });
});
