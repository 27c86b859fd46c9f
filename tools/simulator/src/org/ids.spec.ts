import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { idChecksum, idOf, idRenderer, lowerBoundOrdinal, ordinalInId, ordinalOf, widenId } from './ids.ts';

const ordinal = fc.integer({ min: 0, max: 62 ** 7 });

describe('ids', () => {
  it('computes the checksum of ids known from Salesforce', () => {
    expect(idChecksum('001A0000006Vm9u')).toBe('IAC');
    expect(idChecksum('01u000000000001')).toBe('AAA');
    expect(idChecksum('ABCDEFGHIJKLMNO')).toBe('555');
  });

  it('goes from ordinal to id and back, whichever way it is rendered', () => {
    const render = idRenderer('001');
    fc.assert(
      fc.property(ordinal, (n) => {
        const id = idOf('001', n);
        expect(render(n)).toBe(id);
        expect(id).toHaveLength(18);
        expect(ordinalOf('001', id)).toBe(n);
        expect(ordinalOf('001', id.slice(0, 15))).toBe(n);
        expect(ordinalInId(id)).toBe(n);
        expect(ordinalOf('01t', id)).toBeUndefined();
      }),
    );
  });

  it('orders ids as bytes like their ordinals, and bounds them alike', () => {
    fc.assert(
      fc.property(ordinal, ordinal, (a, b) => {
        expect(idOf('01t', a) < idOf('01t', b)).toBe(a < b);
        expect(lowerBoundOrdinal('01t', idOf('01t', a))).toBe(a);
      }),
    );
    expect(lowerBoundOrdinal('01t', '01s5g0000000001')).toBe(0);
    expect(lowerBoundOrdinal('01t', '01u5g0000000001')).toBe(Number.POSITIVE_INFINITY);
    expect(lowerBoundOrdinal('01t', '01t5g00000000')).toBe(0);
  });

  it('widens 15 characters, repairs lost case and refuses what is no id', () => {
    fc.assert(
      fc.property(ordinal, (n) => {
        const id = idOf('01u', n);
        expect(widenId(id.slice(0, 15))).toBe(id);
        expect(widenId(id.toLowerCase())).toBe(id);
      }),
    );
    expect(widenId('001')).toBeUndefined();
    expect(widenId('0015g000000000!AAA')).toBeUndefined();
    // The checksum claims an upper-case letter where a digit stands.
    expect(widenId('000000000000000BAA')).toBeUndefined();
    expect(widenId('000000000000000AA9')).toBeUndefined();
  });
});
