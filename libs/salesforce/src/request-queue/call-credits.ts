import { requestClasses, type Charge, type Clock, type RequestClass } from '@umbra/domain';

/** Calls charged ahead at a time: what a crash makes the ledger count too much. */
const largestBlock = 32;
/** A block that lasts longer than this was too large; milliseconds. */
const blockLastsMs = 5_000;

interface Credit {
  /** Charged and not made. */
  left: number;
  block: number;
  chargedAt: number;
}

/** Calls of the present hour that the ledger has been charged with and that are not made yet, by class. */
export class CallCredits {
  readonly #clock: Clock;
  readonly #credits = new Map<RequestClass, Credit>();
  readonly #waiting = new Map<RequestClass, number>();
  #hour = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts one call of the class as waiting while this runs, so that the next charge covers it. */
  async waitedFor<T>(requestClass: RequestClass, wait: () => Promise<T>): Promise<T> {
    this.#waiting.set(requestClass, (this.#waiting.get(requestClass) ?? 0) + 1);
    try {
      return await wait();
    } finally {
      this.#waiting.set(requestClass, (this.#waiting.get(requestClass) ?? 1) - 1);
    }
  }

  /** Makes one of the charged calls. @returns false when none is left of this hour */
  use(requestClass: RequestClass, hour: number): boolean {
    const credit = this.#credits.get(requestClass);
    if (credit === undefined || credit.left === 0 || this.#hour !== hour) return false;
    credit.left--;
    return true;
  }

  /** What to charge ahead for the classes that somebody waits for: more each time, while that is soon used up. */
  wanted(): Charge[] {
    const now = this.#clock.monotonic();
    return requestClasses.flatMap((requestClass): Charge[] => {
      const waiting = this.#waiting.get(requestClass) ?? 0;
      const credit = this.#credits.get(requestClass);
      if (waiting === 0 || (credit !== undefined && credit.left >= waiting)) return [];
      const lasted = now - (credit?.chargedAt ?? Number.NEGATIVE_INFINITY);
      const block = lasted > blockLastsMs ? 1 : Math.min(largestBlock, (credit?.block ?? 1) * 2);
      return [{ hour: this.#hour, requestClass, calls: Math.max(block, waiting) }];
    });
  }

  /** The ledger has taken these charges. */
  grant(charges: readonly Charge[]): void {
    const chargedAt = this.#clock.monotonic();
    for (const { calls, requestClass } of charges) {
      const left = (this.#credits.get(requestClass)?.left ?? 0) + calls;
      this.#credits.set(requestClass, { left, block: Math.min(calls, largestBlock), chargedAt });
    }
  }

  /** From now on calls are charged to this hour. @returns what is left of an earlier one, to be taken off it */
  turn(hour: number): Charge[] {
    return this.#hour === hour ? [] : this.giveBack(hour);
  }

  /** @returns all that is left, to be taken off the hour that it was charged to */
  giveBack(hour: number): Charge[] {
    const charges = [...this.#credits]
      .filter(([, { left }]) => left > 0)
      .map(([requestClass, { left }]) => ({ hour: this.#hour, requestClass, calls: -left }));
    for (const credit of this.#credits.values()) credit.left = 0;
    this.#hour = hour;
    return charges;
  }
}
