import { describe, expect, it } from '@jest/globals';
import { demandedAge } from './demanded-age.ts';

const of = (header?: string) => demandedAge({ headers: { 'cache-control': header } }).maxAgeSeconds;

describe('demanded age', () => {
  it.each([
    ['max-age=60', 60],
    ['no-transform, MAX-AGE = "0"', 0],
    ['max-age=5, max-age=9', 5],
  ])('%j demands %i seconds', (header, seconds) => expect(of(header)).toBe(seconds));

  it.each([undefined, '', 'no-cache', 'no-store, max-stale=60', 's-maxage=5', 'x-max-age=1'])(
    '%j demands nothing',
    (header) => expect(of(header)).toBeNull(),
  );

  it.each(['max-age=', 'max-age=-1', 'max-age=1.5', 'max-age=1h', 'max-age=99999999999'])(
    'refuses %j, whose demand it could not keep',
    (header) => {
      expect(() => of(header)).toThrow(expect.objectContaining({ code: 'INPUT_INVALID' }));
    },
  );
});
