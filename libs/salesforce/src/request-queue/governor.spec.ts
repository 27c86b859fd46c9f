import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  hourMs,
  UmbraError,
  type BudgetLedger,
  type Charge,
  type ClassCalls,
  type HourCalls,
  type LedgerExchange,
  type LedgerState,
  type RequestClass,
  type SharedBudget,
  type SharedCount,
  type ToldUsage,
} from '@umbra/domain';
import { FakeClock, RecordingLog, RecordingMeter } from '@umbra/testing';
import { Governor } from './governor.ts';

/** The ledger as PostgreSQL keeps it, with a switch. */
class MemoryLedger implements BudgetLedger {
  readonly #clock: FakeClock;
  readonly #seen = new Set<string>();
  readonly calls = new Map<number, Partial<Record<RequestClass, number>>>();
  told: ToldUsage | null = null;
  away = false;
  exchanges = 0;
  #probes = 0;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  exchange({ process, charges, told }: LedgerExchange): Promise<LedgerState> {
    if (this.away) return Promise.reject(new UmbraError('STORE_UNAVAILABLE', 'away'));
    this.exchanges++;
    this.#seen.add(process);
    for (const charge of charges) this.#add(charge);
    this.told = newest(this.told, told);
    const hours: HourCalls[] = [...this.calls].map(([hour, calls]) => ({ hour, calls: { ...calls } }));
    return Promise.resolve({ now: this.#clock.now(), hours, processes: this.#seen.size, told: this.told });
  }

  claimProbe(): Promise<boolean> {
    return Promise.resolve(this.#probes++ === 0);
  }

  total(): number {
    let sum = 0;
    for (const calls of this.calls.values()) for (const count of Object.values(calls)) sum += count;
    return sum;
  }

  #add({ calls, hour, requestClass }: Charge): void {
    const own = this.calls.get(hour) ?? {};
    this.calls.set(hour, own);
    own[requestClass] = Math.max(0, (own[requestClass] ?? 0) + calls);
  }
}

/** The shared count as Redis keeps it, with a switch. */
class MemoryShared implements SharedBudget {
  readonly hours = new Map<number, Partial<Record<RequestClass, number>>>();
  told: ToldUsage | null = null;
  away = false;

  add(hour: number, calls: ClassCalls, told: ToldUsage | null, seed: ClassCalls): Promise<SharedCount> {
    if (this.away) return Promise.reject(new UmbraError('QUEUE_UNAVAILABLE', 'away'));
    const own = this.hours.get(hour) ?? { ...seed };
    this.hours.set(hour, own);
    for (const [name, count] of Object.entries(calls))
      own[name as RequestClass] = (own[name as RequestClass] ?? 0) + count;
    this.told = newest(this.told, told);
    return Promise.resolve({ calls: { ...own }, told: this.told });
  }
}

function newest(one: ToldUsage | null, other: ToldUsage | null): ToldUsage | null {
  const at = (told: ToldUsage | null) =>
    Math.max(told?.toldAt.getTime() ?? 0, told?.refusedAt?.getTime() ?? 0);
  return at(other) > at(one) ? other : one;
}

let clock: FakeClock;
let ledger: MemoryLedger;
let shared: MemoryShared;
let names: number;

beforeEach(() => {
  clock = new FakeClock('2026-01-01T10:20:00Z');
  ledger = new MemoryLedger(clock);
  shared = new MemoryShared();
  names = 0;
});

function process(): Governor {
  return new Governor({
    clock,
    log: new RecordingLog(),
    meter: new RecordingMeter(),
    process: `process-${names++}`,
    dailySharePercent: 80,
    ledger,
    shared,
  });
}

/** Makes calls until one is refused. @returns how many were made */
async function spend(governor: Governor, requestClass: RequestClass, most: number): Promise<number> {
  for (let made = 0; made < most; made++)
    try {
      await governor.take('query', requestClass);
      governor.ended(undefined);
    } catch (error) {
      expect(error).toMatchObject({ code: 'SF_DAILY_LIMIT', retryAt: expect.any(Date) });
      return made;
    }
  return most;
}

async function fleet(size: number, limit: number): Promise<Governor[]> {
  const all = Array.from({ length: size }, process);
  all[0]?.noteOrg({ used: 0, limit });
  for (const governor of all) await governor.settle();
  for (const governor of all) await governor.settle();
  return all;
}

describe('a fleet and its budget', () => {
  it('spends together what one may spend, and the ledger has counted every call before it was made', async () => {
    const all = await fleet(3, 1_000);
    const made = await Promise.all(all.map((governor) => spend(governor, 'quote', 500)));
    expect(made.reduce((sum, one) => sum + one)).toBe(800);
    expect(ledger.total()).toBeGreaterThanOrEqual(800);
    expect(ledger.total()).toBeLessThanOrEqual(800 + 3 * 32);
    expect(ledger.exchanges).toBeLessThan(200);
    await Promise.all(all.map((governor) => governor.close()));
    expect(ledger.total()).toBe(800);
  });

  it('serves who came together in their order: as many as there are calls, not none', async () => {
    const [one] = await fleet(1, 1_000);
    await spend(one as Governor, 'quote', 790);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 30 }, async () => one?.take('query', 'quote')),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });

  it('fault-39: loses no call when Redis loses its count, and none when a process is killed', async () => {
    const [one, other] = await fleet(2, 1_000);
    expect(await spend(one as Governor, 'quote', 300)).toBe(300);
    shared.hours.clear();
    await other?.settle();
    expect(await spend(other as Governor, 'quote', 1_000)).toBeLessThanOrEqual(500);
    // Neither has settled; both are gone.
    const successor = process();
    successor.noteOrg({ used: 0, limit: 1_000 });
    await successor.settle();
    expect(await spend(successor, 'quote', 1_000)).toBe(0);
    expect(ledger.total()).toBeGreaterThanOrEqual(800);
  });

  it('fault-41: keeps to a pessimistic part while Redis is away, and learns the rest from the ledger', async () => {
    const all = await fleet(4, 1_000);
    shared.away = true;
    const made = await Promise.all(all.map((governor) => spend(governor, 'quote', 1_000)));
    expect(Math.max(...made)).toBeLessThanOrEqual(200);
    let sum = made.reduce((total, one) => total + one);
    for (let round = 0; round < 12; round++) {
      for (const governor of all) {
        await governor.settle();
        sum += await spend(governor, 'quote', 1_000);
      }
    }
    expect(sum).toBeGreaterThan(700);
    expect(sum).toBeLessThanOrEqual(800);
  });

  it('owes the ledger what was called while it was away', async () => {
    const [one] = await fleet(1, 1_000);
    ledger.away = true;
    expect(await spend(one as Governor, 'quote', 100)).toBe(100);
    ledger.away = false;
    clock.advance(6_000);
    await one?.settle();
    await one?.close();
    expect(ledger.total()).toBe(100);
  });

  it('fault-26: one refusal stops all processes at once, until one of them may look again', async () => {
    const [one, other] = await fleet(2, 1_000);
    await one?.take('query', 'quote');
    clock.advance(10);
    one?.noteExhausted();
    one?.ended(undefined);
    // What one heard, all know with their next call: it is never sent.
    await expect(one?.take('query', 'quote')).rejects.toMatchObject({ details: { cause: 'org' } });
    await expect(other?.take('query', 'quote')).rejects.toMatchObject({ details: { cause: 'org' } });
    clock.advance(5 * 60_000);
    await expect(one?.take('query', 'quote')).resolves.toBeUndefined();
    await expect(other?.take('query', 'quote')).rejects.toMatchObject({ details: { cause: 'org' } });
    one?.ended('api-usage=500/1000');
    await expect(one?.take('query', 'delta')).resolves.toBeUndefined();
  });

  it.each(['ledger', 'shared count'])(
    'a process that makes no calls hears of a spent allocation and of its return, from the %s alone',
    async (place) => {
      const [one, idle] = await fleet(2, 1_000);
      if (place === 'ledger') shared.away = true;
      else ledger.away = true;
      const admits = (): boolean | undefined => idle?.snapshot().admissions.quote.admitted;
      expect(admits()).toBe(true);
      clock.advance(5_000);
      one?.noteExhausted();
      await one?.settle();
      await idle?.settle();
      expect(admits()).toBe(false);
      clock.advance(5_000);
      one?.noteOrg({ used: 10, limit: 1_000 });
      await one?.settle();
      await idle?.settle();
      expect(admits()).toBe(true);
      expect(idle?.snapshot().calls).toEqual({});
    },
  );

  it('fault-50: a clock that jumps moves no hour and frees no call', async () => {
    const [one] = await fleet(1, 1_000);
    await spend(one as Governor, 'quote', 1_000);
    clock.setWall('2026-01-03T10:20:00Z');
    expect(await spend(one as Governor, 'quote', 10)).toBe(0);
    clock.advance(26 * hourMs);
    one?.noteOrg({ used: 0, limit: 1_000 });
    expect(await spend(one as Governor, 'quote', 10)).toBe(10);
  });

  it('attributes every call to its route and class', async () => {
    const [one] = await fleet(1, 100_000);
    await spend(one as Governor, 'eligibility', 3);
    await one?.take('bulk-create', 'backfill');
    const { calls, view } = one?.snapshot() ?? {};
    expect(calls).toEqual({ query: { eligibility: 3 }, 'bulk-create': { backfill: 1 } });
    expect(view?.usedByClass).toMatchObject({ eligibility: 3, backfill: 1, quote: 0 });
  });
});
