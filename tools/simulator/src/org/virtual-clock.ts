import type { OrgClock } from './org-clock.ts';

/** The org's clock over a host clock: one elapsed time that never goes back, and a skew that may. */
export class VirtualClock implements OrgClock {
  readonly #host: () => number;
  readonly #openedAt: number;
  readonly #listeners = new Set<() => void>();
  #advanced = 0;
  #frozenAt: number | undefined;
  #frozenFor = 0;
  #offset = 0;

  constructor(host: () => number) {
    this.#host = host;
    this.#openedAt = host();
  }

  now(): number {
    return this.#openedAt + this.elapsed() + this.#offset;
  }

  elapsed(): number {
    const host = this.#frozenAt ?? this.#host();
    return Math.max(0, host - this.#openedAt - this.#frozenFor) + this.#advanced;
  }

  advance(ms: number): void {
    if (!(ms >= 0))
      throw new RangeError('the clock is advanced by zero or more milliseconds; use an offset to go back');
    this.#advanced += ms;
    this.#changed();
  }

  setOffset(ms: number): void {
    this.#offset = ms;
    this.#changed();
  }

  freeze(): void {
    this.#frozenAt ??= this.#host();
    this.#changed();
  }

  resume(): void {
    if (this.#frozenAt === undefined) return;
    this.#frozenFor += this.#host() - this.#frozenAt;
    this.#frozenAt = undefined;
    this.#changed();
  }

  get offset(): number {
    return this.#offset;
  }

  get frozen(): boolean {
    return this.#frozenAt !== undefined;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
