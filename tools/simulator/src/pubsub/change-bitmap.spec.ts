import { describe, expect, it } from '@jest/globals';
import { encodeBitmaps } from './change-bitmap.ts';

describe('bitmaps of change events', () => {
  it.each([
    ['Account: LastModifiedDate and Industry', [{ field: 22 }, { field: 11 }], ['0x400800']],
    [
      'Account: LastModifiedDate and BillingStreet',
      [{ field: 22 }, { field: 4, child: 0 }],
      ['0x400000', '4-0x01'],
    ],
    ['PricebookEntry: UnitPrice and LastModifiedDate', [{ field: 4 }, { field: 9 }], ['0x0210']],
    ['Product2: Family and LastModifiedDate', [{ field: 9 }, { field: 7 }], ['0x0280']],
    ['nothing', [], []],
    ['children only', [{ field: 5, child: 8 }], ['5-0x0100']],
  ])('%s', (_name, positions, expected) => {
    expect(encodeBitmaps(positions, false)).toEqual(expected);
  });

  it('sets the bit of the compound as well where the org does so', () => {
    expect(encodeBitmaps([{ field: 4, child: 0 }], true)).toEqual(['0x10', '4-0x01']);
  });
});
