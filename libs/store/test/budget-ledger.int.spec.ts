import { describe, expect, it } from '@jest/globals';
import { hourMs, type BudgetLedger, type LedgerExchange, type LedgerState } from '@umbra/domain';
import { withStore } from './with-store.ts';

function exchange(ledger: BudgetLedger, changes: Partial<LedgerExchange> = {}): Promise<LedgerState> {
  return ledger.exchange({ process: 'one', charges: [], atLeast: [], told: null, ...changes });
}

const callsIn = ({ hours }: LedgerState, hour: number) => hours.find((entry) => entry.hour === hour)?.calls;

describe('the budget ledger', () => {
  it('adds what every process charges, takes back what was not used, and forgets nothing of the rolling day', () =>
    withStore(async ({ store: { budget } }) => {
      const { now, told, processes } = await exchange(budget);
      expect([told, processes]).toEqual([null, 1]);
      const hour = Math.floor(now.getTime() / hourMs);
      const charge = (requestClass: 'quote' | 'delta', calls: number, at = hour) => ({
        hour: at,
        requestClass,
        calls,
      });
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          exchange(budget, {
            process: `process-${n}`,
            charges: [
              charge('delta', 3),
              charge('quote', 1),
              charge('delta', 2, hour - 24),
              charge('delta', 9, hour - 25),
            ],
          }),
        ),
      );
      const state = await exchange(budget, {
        charges: [charge('delta', -10), charge('delta', 4), charge('quote', -99)],
      });
      expect(callsIn(state, hour)).toEqual({ delta: 54, quote: 0 });
      expect(callsIn(state, hour - 24)).toEqual({ delta: 40 });
      expect(state.hours).toHaveLength(2);
      expect(state.processes).toBe(21);
    }));

  it('is lifted by what another place remembers, and never lowered', () =>
    withStore(async ({ store: { budget } }) => {
      const { now } = await exchange(budget);
      const hour = Math.floor(now.getTime() / hourMs);
      await exchange(budget, { charges: [{ hour, requestClass: 'gap', calls: 5 }] });
      const lifted = await exchange(budget, {
        atLeast: [{ hour, calls: { gap: 3, catalogue: 7 } }],
        charges: [{ hour, requestClass: 'catalogue', calls: 1 }],
      });
      expect(callsIn(lifted, hour)).toEqual({ gap: 5, catalogue: 8 });
    }));

  it('keeps the newest word of Salesforce, whoever heard it', () =>
    withStore(async ({ store: { budget } }) => {
      const told = (seconds: number, used: number) => ({
        used,
        limit: 1_000,
        toldAt: new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)),
        refusedAt: null,
      });
      await exchange(budget, { told: told(10, 500) });
      await exchange(budget, { told: told(5, 400) });
      expect((await exchange(budget)).told).toEqual(told(10, 500));
      const refused = { ...told(10, 500), refusedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, 20)) };
      await exchange(budget, { told: refused });
      await exchange(budget, { told: told(15, 600) });
      expect((await exchange(budget)).told).toEqual(refused);
      await exchange(budget, { told: told(30, 100) });
      expect((await exchange(budget)).told).toEqual(told(30, 100));
    }));

  it('lets one process probe at a time', () =>
    withStore(async ({ store: { budget } }) => {
      const claims = await Promise.all(Array.from({ length: 8 }, () => budget.claimProbe(60_000)));
      expect(claims.filter(Boolean)).toHaveLength(1);
      expect(await budget.claimProbe(60_000)).toBe(false);
      expect(await budget.claimProbe(0)).toBe(true);
    }));
});
