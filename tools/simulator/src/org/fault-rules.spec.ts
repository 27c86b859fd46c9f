import { describe, expect, it } from '@jest/globals';
import { FaultRules } from './fault-rules.ts';

const call = { route: 'query', method: 'GET', path: '/services/data/v62.0/query?q=SELECT' };
const statuses = (rules: FaultRules, times: number, of = call): (number | undefined)[] =>
  Array.from({ length: times }, () => rules.consult(of)?.status);

describe('fault rules', () => {
  it('hit by route, method, path, count and limit', () => {
    const rules = new FaultRules(1);
    rules.add({ match: { route: 'query', method: 'get' }, nth: [2, 4], status: 503 });
    expect(statuses(rules, 5)).toEqual([undefined, 503, undefined, 503, undefined]);
    rules.clear();
    rules.add({ match: { path: 'q=SELECT$' }, every: 2, times: 2, status: 500 });
    expect(statuses(rules, 6)).toEqual([undefined, 500, undefined, 500, undefined, undefined]);
    expect(statuses(rules, 2, { ...call, path: '/other' })).toEqual([undefined, undefined]);
    expect(rules.list()).toMatchObject([{ seen: 6, hits: 2 }]);
  });

  it('repeat their chances with the seed', () => {
    const run = (seed: number): (number | undefined)[] => {
      const rules = new FaultRules(seed);
      rules.add({ probability: 0.5, status: 503 });
      return statuses(rules, 200);
    };
    expect(run(5)).toEqual(run(5));
    expect(run(5)).not.toEqual(run(6));
    const hits = run(5).filter((status) => status === 503).length;
    expect(hits).toBeGreaterThan(70);
    expect(hits).toBeLessThan(130);
  });

  it('decide in order and can be removed one by one', () => {
    const rules = new FaultRules(1);
    const first = rules.add({ status: 420 });
    rules.add({ status: 500 });
    expect(statuses(rules, 1)).toEqual([420]);
    expect(rules.remove(first)).toBe(true);
    expect(rules.remove(first)).toBe(false);
    expect(statuses(rules, 1)).toEqual([500]);
  });
});
