import { randomStream } from '../data/mix.ts';
import type { FaultAction, FaultEntry, FaultRule, FaultTable } from './fault-table.ts';

interface Counted {
  readonly id: string;
  readonly rule: FaultRule;
  readonly path: RegExp | undefined;
  readonly chance: () => number;
  seen: number;
  hits: number;
}

/** Switched-on faults, in the order in which they were added; chance is seeded, so that a run can be repeated. */
export class FaultRules implements FaultTable {
  readonly #seed: number;
  #rules: Counted[] = [];
  #added = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  add(rule: FaultRule): string {
    this.#added += 1;
    const id = `fault-${this.#added}`;
    this.#rules.push({
      id,
      rule,
      path: rule.match?.path === undefined ? undefined : new RegExp(rule.match.path),
      chance: randomStream(this.#seed, id),
      seen: 0,
      hits: 0,
    });
    return id;
  }

  remove(id: string): boolean {
    const before = this.#rules.length;
    this.#rules = this.#rules.filter((entry) => entry.id !== id);
    return this.#rules.length < before;
  }

  clear(): void {
    this.#rules = [];
  }

  list(): FaultEntry[] {
    return this.#rules.map(({ id, rule, seen, hits }) => ({ ...rule, id, seen, hits }));
  }

  consult(call: { route: string; method: string; path: string }): FaultAction | undefined {
    for (const entry of this.#rules) {
      if (!matches(entry, call)) continue;
      entry.seen += 1;
      if (!isDue(entry)) continue;
      entry.hits += 1;
      return entry.rule;
    }
    return undefined;
  }
}

function matches({ rule, path }: Counted, call: { route: string; method: string; path: string }): boolean {
  const { match } = rule;
  if (match?.route !== undefined && match.route !== call.route) return false;
  if (match?.method !== undefined && match.method.toUpperCase() !== call.method.toUpperCase()) return false;
  return path === undefined || path.test(call.path);
}

function isDue({ rule, seen, hits, chance }: Counted): boolean {
  if (rule.times !== undefined && hits >= rule.times) return false;
  if (rule.nth !== undefined && !(typeof rule.nth === 'number' ? [rule.nth] : rule.nth).includes(seen))
    return false;
  if (rule.every !== undefined && seen % rule.every !== 0) return false;
  return rule.probability === undefined || chance() < rule.probability;
}
