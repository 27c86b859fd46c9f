import { describe, expect, it } from '@jest/globals';
import { FakeClock, MemoryOrg } from '@umbra/testing';
import { describedOnce } from './described-once.ts';

describe('a source for the steps of a night', () => {
  it('asks for the fields of an object once in five minutes', async () => {
    const clock = new FakeClock();
    const org = new MemoryOrg();
    let asked = 0;
    const describe = org.describe.bind(org);
    org.describe = (object) => {
      asked++;
      return describe(object);
    };
    const records = describedOnce(org, clock);
    const first = await records.describe('Account');
    expect(await records.describe('Account')).toBe(first);
    await records.describe('Product2');
    expect(asked).toBe(2);
    clock.advance(5 * 60_000);
    await records.describe('Account');
    expect(asked).toBe(3);
  });
});
