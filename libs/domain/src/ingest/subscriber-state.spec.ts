import { describe, expect, it } from '@jest/globals';
import {
  nextSubscriberState,
  subscriberEvents,
  subscriberStates,
  subscriberTable,
  type SubscriberState,
} from './subscriber-state.ts';

describe('states of a subscriber', () => {
  it('decide every pair of state and event', () => {
    for (const state of subscriberStates) {
      expect(Object.keys(subscriberTable[state]).sort()).toEqual([...subscriberEvents].sort());
    }
  });

  it('can each be reached, and each can be stopped', () => {
    const reached = new Set<SubscriberState>(['idle']);
    for (const state of reached) {
      for (const event of subscriberEvents) {
        const next = subscriberTable[state][event];
        if (next !== 'unexpected') reached.add(next);
      }
      expect(nextSubscriberState(state, 'stop')).toBe('stopped');
    }
    expect([...reached].sort()).toEqual([...subscriberStates].sort());
  });

  it('lead to a stream only by way of the lease and the look at the org', () => {
    const into = (wanted: SubscriberState): string[] =>
      subscriberStates.flatMap((state) =>
        subscriberEvents
          .filter((event) => state !== wanted && subscriberTable[state][event] === wanted)
          .map((event) => `${state} ${event}`),
      );
    expect(into('streaming')).toEqual(['connecting message']);
    expect(into('connecting')).toEqual(['checking-org org-same', 'raising-epoch epoch-raised']);
    expect(into('checking-org')).toEqual(['acquiring lease-taken']);
  });

  it('have no pair that is passed over in silence', () => {
    expect(() => nextSubscriberState('idle', 'message')).toThrow(RangeError);
  });
});
