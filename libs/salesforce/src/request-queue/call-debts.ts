import type { Charge } from '@umbra/domain';

/** Charges that the ledger has not taken yet: an entry per hour, class and sign, however long it is away. */
export class CallDebts {
  #owed: Charge[] = [];

  add(charges: readonly Charge[]): void {
    for (const charge of charges) {
      const at = this.#owed.findIndex(
        ({ calls, hour, requestClass }) =>
          hour === charge.hour && requestClass === charge.requestClass && calls > 0 === charge.calls > 0,
      );
      const known = this.#owed[at];
      if (known === undefined) this.#owed.push(charge);
      else this.#owed[at] = { ...known, calls: known.calls + charge.calls };
    }
  }

  takeAll(): readonly Charge[] {
    const owed = this.#owed;
    this.#owed = [];
    return owed;
  }
}
