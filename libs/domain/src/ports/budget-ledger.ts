import type { ClassCalls, HourCalls } from '../budget/request-class.ts';
import type { RequestClass } from './salesforce-source.ts';

/** The org's allocation as Salesforce last told it to any process. */
export interface ToldUsage {
  readonly used: number;
  readonly limit: number;
  readonly toldAt: Date;
  /** When Salesforce last refused a call because the allocation was used up; null: it did not, or has told more since. */
  readonly refusedAt: Date | null;
}

/** Calls that one process is about to make, or, below zero, was granted and did not make. */
export interface Charge {
  readonly hour: number;
  readonly requestClass: RequestClass;
  readonly calls: number;
}

export interface LedgerExchange {
  /** Unique per process. */
  readonly process: string;
  readonly charges: readonly Charge[];
  /** Counts that the ledger must not be below: what another place remembers. */
  readonly atLeast: readonly HourCalls[];
  readonly told: ToldUsage | null;
}

export interface LedgerState {
  /** The ledger's clock. Hours are counted by it, whatever the clocks of the processes say. */
  readonly now: Date;
  readonly hours: readonly HourCalls[];
  /** Processes that exchanged within the last minute, the asking one included. */
  readonly processes: number;
  readonly told: ToldUsage | null;
}

/**
 * The count of our calls that survives every restart. A call is charged before it is sent, so the ledger may count too
 * much after a crash, never too little.
 */
export interface BudgetLedger {
  /** Adds the charges in one transaction and answers the counts of the last 25 hours. @throws UmbraError STORE_* */
  exchange(exchange: LedgerExchange): Promise<LedgerState>;
  /** True for one process in `everyMs`: it may find out whether the org has calls again. @throws UmbraError STORE_* */
  claimProbe(everyMs: number): Promise<boolean>;
}

/** What all processes know at this moment. */
export interface SharedCount {
  /** Calls of all processes in the hour that was asked for. */
  readonly calls: ClassCalls;
  readonly told: ToldUsage | null;
}

/**
 * The count that all processes see at once, and what any of them was told. It may lose everything at any time; the ledger
 * is the truth. Throws UmbraError QUEUE_UNAVAILABLE when away, quickly.
 */
export interface SharedBudget {
  /**
   * Adds to the calls of one hour; below zero takes back.
   * @param seed what an hour that nobody has counted yet begins with: after a loss it begins with what the ledger knows
   */
  add(hour: number, calls: ClassCalls, told: ToldUsage | null, seed: ClassCalls): Promise<SharedCount>;
}

/** Places that the processes of a fleet share, each for a bounded time. Throws UmbraError QUEUE_UNAVAILABLE when away. */
export interface SharedSlots {
  /** @param holder unique per place taken @returns false when `limit` places are taken */
  take(name: string, holder: string, limit: number, leaseMs: number): Promise<boolean>;
  leave(name: string, holder: string): Promise<void>;
}

/** What each process tells of itself, so that one can answer for all. Throws UmbraError QUEUE_UNAVAILABLE when away. */
export interface FleetBoard {
  /** @param text forgotten after `lifeSeconds` */
  post(process: string, text: string, lifeSeconds: number): Promise<void>;
  read(): Promise<ReadonlyMap<string, string>>;
}

/**
 * One text that the processes of a fleet agree on. Whoever finds it useless makes a new one, one process at a time;
 * the others wait and take it over. Without the server everybody makes his own.
 */
export interface FleetText {
  /**
   * @param usable whether the text may be used; when not, a new one is made
   * @param make called in at most one process at a time; its failure goes to its caller alone
   */
  agree(
    name: string,
    usable: (text: string) => boolean,
    make: () => Promise<{ readonly text: string; readonly lifeSeconds: number }>,
  ): Promise<string>;
}

export type RateDecision = { readonly ok: true } | { readonly ok: false; readonly retryAfterMs: number };

/** Holds callers to their rate, each by a key of its own. Never throws: without its server each process judges alone. */
export interface ClientRates {
  take(key: string): Promise<RateDecision>;
}
