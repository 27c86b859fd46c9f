import { describe, expect, it } from '@jest/globals';
import { topicsOf } from './topics.ts';

describe('topics', () => {
  it('carry the object of their name, or any', () => {
    const names = ['/data/Product2ChangeEvent', '/data/ChangeEvents', '/data/Catalog__chn'];
    const all = ['Product2', 'PricebookEntry', 'Account'];
    expect(topicsOf(names)).toEqual([
      { name: names[0], objects: ['Product2'] },
      { name: names[1], objects: all },
      { name: names[2], objects: all },
    ]);
  });

  it('of objects that are not mirrored are a mistake of the configuration', () => {
    expect(() => topicsOf(['/data/AccountChangeEvent', '/data/ContactChangeEvent'])).toThrow(
      expect.objectContaining({
        code: 'INPUT_CONFIGURATION',
        problems: [expect.stringContaining('/data/ContactChangeEvent')],
      }),
    );
  });
});
