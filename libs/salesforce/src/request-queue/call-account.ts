/**
 * Our calls by hour and class, as the whole fleet makes them. Three places know them, each in its own way:
 *
 * - The ledger (PostgreSQL) is the truth: calls are charged to it before they are made, a few at a time, so that it may
 *   count too much after a crash, never too little.
 * - The shared count (Redis) sees each call of each process at once; it may be lost at any time.
 * - This process knows its own.
 *
 * What holds is the larger of all. Without the shared count a process does not see what the others do until the next
 * exchange with the ledger; until then it makes at most its part of what was left. Without both it lives on that part
 * alone, and owes the ledger what it made.
 */
import {
  hourMs,
  largerCalls,
  type BudgetLedger,
  type ClassCalls,
  type Clock,
  type HourCalls,
  type LedgerState,
  type Log,
  type RequestClass,
  type SharedBudget,
  type SharedCount,
  type ToldUsage,
} from '@umbra/domain';
import { CallCredits } from './call-credits.ts';
import { CallDebts } from './call-debts.ts';

export interface CallAccountOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Unique per process. */
  readonly process: string;
  readonly ledger: BudgetLedger | undefined;
  readonly shared: SharedBudget | undefined;
}

/** A call waits at most so long for the ledger; then it is owed. */
const ledgerPatienceMs = 250;
/** After a failure the ledger is left alone for a while, so that calls do not all wait for it in vain. */
const ledgerPauseMs = 5_000;
type Counts = Partial<Record<RequestClass, number>>;

export class CallAccount {
  readonly #options: CallAccountOptions;
  readonly #own = new Map<number, Counts>();
  #ledgerHours: readonly HourCalls[] = [];
  #sharedHour: { hour: number; calls: ClassCalls } | undefined;
  #seesAll = true;
  readonly #credits: CallCredits;
  readonly #debts = new CallDebts();
  #exchanging: Promise<LedgerState | undefined> | undefined;
  #ledgerAwayUntil = Number.NEGATIVE_INFINITY;
  #wall: { readonly now: number; readonly monotonic: number };
  processes = 1;
  /** Calls made since the ledger was last heard. */
  sinceExchange = 0;

  constructor(options: CallAccountOptions) {
    this.#options = options;
    const { clock } = options;
    this.#wall = { now: clock.now().getTime(), monotonic: clock.monotonic() };
    this.#credits = new CallCredits(clock);
  }

  /** The ledger's time, or ours as it was at the start: a clock that is set meanwhile moves no hour. */
  now(): Date {
    const { monotonic, now } = this.#wall;
    return new Date(now + this.#options.clock.monotonic() - monotonic);
  }

  get hour(): number {
    return Math.floor(this.now().getTime() / hourMs);
  }

  /** False while we cannot know what the other processes do at this moment. */
  get seesAll(): boolean {
    return this.#options.shared === undefined || this.#seesAll;
  }

  /** Calls of all processes. @param shared the count as of one moment, when the newest would be too new */
  hours(shared: ClassCalls | undefined = undefined): HourCalls[] {
    const hour = this.hour;
    const seen = this.#sharedHour?.hour === hour ? this.#sharedHour.calls : {};
    const own = [...this.#own].map(([at, calls]) => ({ hour: at, calls }));
    return largerCalls([...this.#ledgerHours, ...own], [{ hour, calls: shared ?? seen }]);
  }

  /** Adds a call and tells everybody. @returns the count with it, as of the moment when it was added */
  async add(requestClass: RequestClass, told: ToldUsage | null): Promise<SharedCount | undefined> {
    const hour = this.hour;
    const own = this.#own.get(hour) ?? {};
    this.#own.set(hour, own);
    own[requestClass] = (own[requestClass] ?? 0) + 1;
    this.sinceExchange++;
    return this.#share(hour, { [requestClass]: 1 }, told);
  }

  /** Lets the others know at once, and hears what they know. @returns undefined while the shared count is away */
  tell(told: ToldUsage | null): Promise<SharedCount | undefined> {
    return this.#share(this.hour, {}, told);
  }

  /** The call was not made after all. */
  async takeBack(requestClass: RequestClass): Promise<void> {
    const hour = this.hour;
    const own = this.#own.get(hour);
    if (own?.[requestClass] !== undefined && own[requestClass] > 0) own[requestClass]--;
    this.sinceExchange = Math.max(0, this.sinceExchange - 1);
    await this.#share(hour, { [requestClass]: -1 }, null);
  }

  /** Covers one call by what is charged in the ledger, charging more where needed; owes it while the ledger is away. */
  async cover(requestClass: RequestClass): Promise<void> {
    if (this.#options.ledger === undefined) return;
    const end = this.#options.clock.monotonic() + ledgerPatienceMs;
    const covered = await this.#credits.waitedFor(requestClass, async () => {
      for (;;) {
        if (this.#credits.use(requestClass, this.hour)) return true;
        const left = end - this.#options.clock.monotonic();
        if (left <= 0 || !(await succeedsWithin(this.exchange(null), left))) return false;
      }
    });
    if (!covered) this.#debts.add([{ hour: this.hour, requestClass, calls: 1 }]);
  }

  /** Settles with the ledger and learns what the others did. @returns undefined while it is away */
  exchange(told: ToldUsage | null): Promise<LedgerState | undefined> {
    const { clock, ledger } = this.#options;
    if (ledger === undefined || clock.monotonic() < this.#ledgerAwayUntil) return Promise.resolve(undefined);
    this.#exchanging ??= this.#exchange(ledger, told).finally(() => {
      this.#exchanging = undefined;
    });
    return this.#exchanging;
  }

  /** Gives back what was charged and not made. */
  async close(): Promise<void> {
    await this.#exchanging;
    this.#debts.add(this.#credits.giveBack(this.hour));
    await this.exchange(null);
  }

  async #exchange(ledger: BudgetLedger, told: ToldUsage | null): Promise<LedgerState | undefined> {
    const { clock, log, process } = this.#options;
    this.#debts.add(this.#credits.turn(this.hour));
    const blocks = this.#credits.wanted();
    const owed = this.#debts.takeAll();
    const made = this.sinceExchange;
    const atLeast = this.#sharedHour?.hour === this.hour && this.#seesAll ? [this.#sharedHour] : [];
    try {
      const charges = [...owed, ...blocks];
      const state = await ledger.exchange({ process, charges, atLeast, told });
      this.#credits.grant(blocks);
      this.sinceExchange -= made;
      this.#learn(state);
      return state;
    } catch (error) {
      // Whether it was carried out is unknown, so it is charged again: too much is safe.
      this.#debts.add(owed);
      this.#ledgerAwayUntil = clock.monotonic() + ledgerPauseMs;
      log.debug({ err: error }, 'budget ledger is away');
      return undefined;
    }
  }

  #learn({ hours, now, processes }: LedgerState): void {
    this.#wall = { now: now.getTime(), monotonic: this.#options.clock.monotonic() };
    this.#ledgerHours = hours;
    this.processes = Math.max(1, processes);
    for (const hour of this.#own.keys()) if (hour < this.hour - 25) this.#own.delete(hour);
  }

  async #share(hour: number, calls: ClassCalls, told: ToldUsage | null): Promise<SharedCount | undefined> {
    const { log, shared } = this.#options;
    if (shared === undefined) return undefined;
    try {
      const seed = this.#ledgerHours.find((entry) => entry.hour === hour)?.calls ?? {};
      const count = await shared.add(hour, calls, told, seed);
      this.#sharedHour = { hour, calls: count.calls };
      this.#seesAll = true;
      return count;
    } catch (error) {
      this.#seesAll = false;
      log.debug({ err: error }, 'shared count of calls is away');
      return undefined;
    }
  }
}

/** Whether the exchange succeeded before the patience ended; it goes on either way. */
async function succeedsWithin(exchange: Promise<LedgerState | undefined>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return (await Promise.race([exchange, late])) !== undefined;
  } finally {
    clearTimeout(timer);
  }
}
