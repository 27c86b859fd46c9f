/** Does things in the order in which they came, each not before its delay; stands still while it is held. */
export class DelayLine {
  #waiting: { readonly due: number; readonly work: () => void }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #held = false;

  /** @param delay ms */
  push(delay: number, work: () => void): void {
    if (delay <= 0 && this.#waiting.length === 0 && !this.#held) return work();
    this.#waiting.push({ due: performance.now() + delay, work });
    if (this.#waiting.length === 1) this.#arm();
  }

  hold(held: boolean): void {
    if (this.#held === held) return;
    this.#held = held;
    if (held) clearTimeout(this.#timer);
    else this.#arm();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#waiting[0];
    if (next === undefined || this.#held) return;
    this.#timer = setTimeout(() => this.#run(), Math.max(0, next.due - performance.now()));
  }

  #run(): void {
    // A timer may fire a fraction of a millisecond early.
    const now = performance.now() + 0.5;
    let next = this.#waiting[0];
    while (next !== undefined && next.due <= now && !this.#held) {
      this.#waiting.shift();
      next.work();
      next = this.#waiting[0];
    }
    this.#arm();
  }
}
