import { laneOf, type RecordRef } from '@umbra/domain';

/** More than so many are left to the sweep, which finds them in the store. */
const KEPT = 20_000;
/** Records that a batch brings back beside its own: they are as much work as changes. */
const AT_ONCE = 200;

/**
 * Records that waited for a parent which has arrived, in lanes that its transaction did not hold. Their own lanes bring
 * them back with the next batch.
 *
 * To ask for those lanes instead means to apply each such parent alone: once products had fallen behind their prices for
 * a moment, that kept them behind for good. What is forgotten here (a crash, too many) costs time only: the sweep releases
 * whoever waits without a cause.
 */
export class Returning {
  readonly #byLane = new Map<number, Map<string, RecordRef>>();
  #count = 0;

  add(records: readonly RecordRef[]): void {
    for (const record of records) {
      if (this.#count >= KEPT) return;
      const lane = laneOf(record.object, record.recordId);
      const known = this.#byLane.get(lane) ?? new Map<string, RecordRef>();
      this.#byLane.set(lane, known);
      if (!known.has(record.recordId)) this.#count++;
      known.set(record.recordId, record);
    }
  }

  /** Lanes to be looked at again. */
  get lanes(): readonly number[] {
    return [...this.#byLane.keys()];
  }

  /** Records for one batch of these lanes. */
  of(lanes: readonly number[]): readonly RecordRef[] {
    return lanes.flatMap((lane) => [...(this.#byLane.get(lane)?.values() ?? [])]).slice(0, AT_ONCE);
  }

  /** They were looked at in a transaction that has committed, or are left to the sweep. */
  done(records: readonly RecordRef[]): void {
    for (const { object, recordId } of records) {
      const lane = laneOf(object, recordId);
      const known = this.#byLane.get(lane);
      if (known?.delete(recordId) !== true) continue;
      this.#count--;
      if (known.size === 0) this.#byLane.delete(lane);
    }
  }
}
