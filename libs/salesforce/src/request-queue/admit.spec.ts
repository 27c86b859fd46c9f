import { describe, expect, it } from '@jest/globals';
import { admit } from './admit.ts';
import type { UsageFacts } from './daily-usage.ts';

const now = new Date('2026-01-01T10:20:00Z');
const facts = (changes: Partial<UsageFacts>): UsageFacts => ({
  orgUsed: 100,
  orgLimit: 1000,
  ownUsed: 0,
  exhaustedUntil: null,
  ...changes,
});

describe('admit', () => {
  it('lets calls through while the allocation is unknown', () => {
    expect(admit(facts({ orgUsed: null, orgLimit: null, ownUsed: 5000 }), 80, now)).toMatchObject({
      admitted: true,
    });
  });

  it('keeps our calls below our share, whatever the org has left', () => {
    expect(admit(facts({ ownUsed: 799 }), 80, now)).toEqual({ admitted: true, probe: false });
    expect(admit(facts({ ownUsed: 800 }), 80, now)).toEqual({
      admitted: false,
      cause: 'share',
      retryAt: new Date('2026-01-01T11:00:00Z'),
    });
  });

  it('leaves calls of others out of our share', () => {
    expect(admit(facts({ orgUsed: 950, ownUsed: 10 }), 80, now)).toMatchObject({ admitted: true });
  });

  it('sends nothing while the org has none left, then one call to find out', () => {
    const until = new Date('2026-01-01T10:25:00Z');
    expect(admit(facts({ exhaustedUntil: until }), 80, now)).toEqual({
      admitted: false,
      cause: 'org',
      retryAt: until,
    });
    expect(admit(facts({ exhaustedUntil: until }), 80, until)).toEqual({ admitted: true, probe: true });
  });
});
