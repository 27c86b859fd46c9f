import { describe, expect, it } from '@jest/globals';
import { Demand } from './demand.ts';

const limits = { maxEvents: 300, maxBytes: 1000 };

describe('demand', () => {
  it('starts with all that may be outstanding and tops up a quarter at a time', () => {
    const demand = new Demand(limits);
    expect(demand.ask()).toBe(100);
    demand.received(10, 1, 90, 0);
    expect(demand.ask()).toBe(0);
    demand.received(20, 1, 70, 0);
    expect(demand.ask()).toBe(30);
  });

  it('never has more than 100 outstanding, requests under way included', () => {
    const demand = new Demand({ maxEvents: 10_000, maxBytes: 1e9 });
    demand.ask();
    demand.received(60, 1, 40, 0);
    expect(demand.ask()).toBe(60);
    demand.received(40, 1, 0, 60);
    expect(demand.ask()).toBe(40);
  });

  it('asks for nothing while too many events are unsettled, and goes on once they are stored', () => {
    const demand = new Demand(limits);
    for (let batch = 0; batch < 3; batch++) {
      demand.ask();
      demand.received(100, 10, 0, 0);
    }
    expect(demand.ask()).toBe(0);
    demand.settled(100, 10);
    expect(demand.ask()).toBe(100);
  });

  it('asks for nothing while too many bytes are unsettled', () => {
    const demand = new Demand(limits);
    demand.ask();
    demand.received(1, 1000, 0, 0);
    expect(demand.ask()).toBe(0);
    demand.settled(1, 1000);
    expect(demand.ask()).toBe(100);
  });
});
