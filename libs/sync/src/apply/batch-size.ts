/** Changes and bytes of one transaction at most: a page of 500 rows pays for its commit, 4 MB fit in any memory. */
const MOST_CHANGES = 500;
const MOST_BYTES = 4 * 1024 * 1024;
const FIRST_CHANGES = 200;
/** Others wait so long for its lanes and rows, in milliseconds; half of it leaves room to grow. */
const TARGET_MS = 100;

/** How much a lane's worker takes at once: as much as fits into the target time. */
export class BatchSize {
  #changes = FIRST_CHANGES;

  get changes(): number {
    return this.#changes;
  }

  get limit(): { readonly changes: number; readonly bytes: number } {
    return { changes: this.#changes, bytes: MOST_BYTES };
  }

  /** No more than so many for now. */
  cut(changes: number): void {
    this.#changes = Math.min(this.#changes, changes);
  }

  halve(): void {
    this.#changes = Math.max(1, Math.floor(this.#changes / 2));
  }

  /** @param ms that a batch of so many changes took */
  took(ms: number, changes: number): void {
    if (ms > TARGET_MS && changes > 1) this.halve();
    else if (ms < TARGET_MS / 2) this.#changes = Math.min(MOST_CHANGES, this.#changes * 2);
  }
}
