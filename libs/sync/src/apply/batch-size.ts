/** Changes and bytes of one transaction at most: a thousand rows pay for its statements, 8 MB fit in any memory. */
const MOST_CHANGES = 1_000;
const MOST_BYTES = 8 * 1024 * 1024;
/**
 * Time alone makes a batch no smaller than this: about two dozen statements cost the same for ten changes as for two
 * hundred, so on a busy machine smaller batches would take longer for more, not less.
 */
const SMALLEST_BY_TIME = 200;
/** Others wait so long for its lanes and rows, in milliseconds; half of it leaves room to grow. */
const TARGET_MS = 250;

/** How much a lane's worker takes at once: as much as fits into the target time. */
export class BatchSize {
  #changes = SMALLEST_BY_TIME;

  get changes(): number {
    return this.#changes;
  }

  get limit(): { readonly changes: number; readonly bytes: number } {
    return { changes: this.#changes, bytes: MOST_BYTES };
  }

  halve(): void {
    this.#changes = Math.max(1, Math.floor(this.#changes / 2));
  }

  /** @param ms that a batch of so many changes took */
  took(ms: number, changes: number): void {
    if (this.#changes < SMALLEST_BY_TIME) this.#changes *= 2;
    else if (ms > TARGET_MS) this.#changes = Math.max(SMALLEST_BY_TIME, Math.floor(this.#changes / 2));
    else if (ms < TARGET_MS / 2 && changes * 2 > this.#changes)
      this.#changes = Math.min(MOST_CHANGES, this.#changes * 2);
  }
}
