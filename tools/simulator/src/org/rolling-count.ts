const MINUTE_MS = 60_000;
const WINDOW_MINUTES = 24 * 60;
/** Kept beyond the window, so that a total as of some minutes ago is still whole. */
const SLACK_MINUTES = 60;

/** A count over the last 24 hours, by the minute. */
export class RollingCount {
  readonly #elapsed: () => number;
  /** Oldest first. */
  #minutes: { minute: number; amount: number }[] = [];
  #expired = 0;
  #windowSum = 0;

  constructor(elapsed: () => number) {
    this.#elapsed = elapsed;
  }

  add(amount: number): void {
    const minute = this.#minute(0);
    const last = this.#minutes.at(-1);
    if (last?.minute === minute) last.amount += amount;
    else this.#minutes.push({ minute, amount });
    this.#windowSum += amount;
  }

  /** The total as it stood `lagMs` ago. */
  total(lagMs = 0): number {
    this.#expire();
    if (lagMs === 0) return Math.ceil(this.#windowSum);
    const last = this.#minute(lagMs);
    const inWindow = this.#minutes.filter(({ minute }) => minute <= last && minute > last - WINDOW_MINUTES);
    return Math.ceil(inWindow.reduce((sum, { amount }) => sum + amount, 0));
  }

  /** Forgets everything and pretends that so many came just now. */
  reset(amount: number): void {
    this.#minutes = [];
    this.#expired = 0;
    this.#windowSum = 0;
    if (amount > 0) this.add(amount);
  }

  #expire(): void {
    const first = this.#minute(0) - WINDOW_MINUTES;
    for (let next = this.#minutes[this.#expired]; next !== undefined && next.minute <= first;) {
      this.#windowSum -= next.amount;
      this.#expired += 1;
      next = this.#minutes[this.#expired];
    }
    const forgotten = this.#minutes.findIndex(({ minute }) => minute > first - SLACK_MINUTES);
    if (forgotten <= 0) return;
    this.#minutes.splice(0, forgotten);
    this.#expired -= forgotten;
  }

  #minute(lagMs: number): number {
    return Math.floor((this.#elapsed() - lagMs) / MINUTE_MS);
  }
}
