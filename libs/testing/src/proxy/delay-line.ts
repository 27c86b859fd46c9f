/** How slow a line is. */
export interface Slowness {
  readonly ms: number;
  readonly jitterMs?: number;
  readonly bytesPerSecond?: number;
}

interface Piece {
  readonly data: Buffer;
  /** Monotonic time at which it arrives. */
  readonly due: number;
}

/** One direction of one connection: pieces arrive later, and in the order in which they were sent. */
export class DelayLine {
  readonly #deliver: (data: Buffer) => void;
  readonly #pieces: Piece[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** When the line is free again for the next piece. */
  #freeAt = 0;
  #newest = 0;

  constructor(deliver: (data: Buffer) => void) {
    this.#deliver = deliver;
  }

  get busy(): boolean {
    return this.#pieces.length > 0;
  }

  send(data: Buffer, { ms, jitterMs = 0, bytesPerSecond }: Slowness): void {
    const now = performance.now();
    const transfer = bytesPerSecond === undefined ? 0 : (data.length / bytesPerSecond) * 1_000;
    this.#freeAt = Math.max(this.#freeAt, now) + transfer;
    const due = this.#freeAt + ms + (Math.random() * 2 - 1) * jitterMs;
    this.#newest = Math.max(this.#newest, due);
    this.#pieces.push({ data, due: this.#newest });
    this.#arm();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#pieces.length = 0;
  }

  #arm(): void {
    const [first] = this.#pieces;
    if (first === undefined || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#arrive(), Math.max(0, first.due - performance.now()));
  }

  #arrive(): void {
    this.#timer = undefined;
    const now = performance.now();
    for (;;) {
      const [first] = this.#pieces;
      // Timers are rounded to milliseconds.
      if (first === undefined || first.due > now + 1) break;
      this.#pieces.shift();
      this.#deliver(first.data);
    }
    this.#arm();
  }
}
