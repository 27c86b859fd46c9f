import { latencyOf, type Latency } from './latency.ts';
import type { PacedShots } from './shots.ts';

/** What has become of a request, by its status. */
const LOST = 0;
const ANSWERED = 1;
const REFUSED = 2;

/**
 * What came of numbered requests. All memory is taken at the start: the load must not stand still while a collector looks
 * at millions of times.
 */
export class Answers {
  /** Milliseconds from the moment at which each was due. */
  readonly #sent: Float64Array;
  readonly #ended: Float64Array;
  readonly #kind: Uint8Array;

  /** The first that counts; those before are told apart. */
  readonly #first: number;

  constructor(total: number, first: number) {
    this.#first = first;
    this.#sent = new Float64Array(total);
    this.#ended = new Float64Array(total);
    this.#kind = new Uint8Array(total);
  }

  sent(number: number, ms: number): void {
    this.#sent[number] = ms;
  }

  ended(number: number, ms: number, status: number): void {
    this.#ended[number] = ms;
    this.#kind[number] = status === 200 ? ANSWERED : status === 429 || status === 503 ? REFUSED : LOST;
  }

  sorted(): Omit<PacedShots, 'seconds' | 'cpuSeconds'> {
    const [from, to] = [this.#first, this.#kind.length];
    const [answered, refused] = [this.#of(ANSWERED, from, to), this.#of(REFUSED, from, to)];
    return {
      answered: answered.length,
      refused: refused.length,
      lost: to - from - answered.length - refused.length,
      latency: this.#fromDue(answered),
      refusal: this.#fromDue(refused),
      fromSent: { latency: this.#fromSent(answered), refusal: this.#fromSent(refused) },
      atFirst: {
        latency: this.#fromDue(this.#of(ANSWERED, 0, from)),
        refusal: this.#fromDue(this.#of(REFUSED, 0, from)),
      },
      late: latencyOf(this.#sent.subarray(from)),
    };
  }

  #of(kind: number, from: number, to: number): number[] {
    const numbers: number[] = [];
    for (let number = from; number < to; number++) if (this.#kind[number] === kind) numbers.push(number);
    return numbers;
  }

  #fromDue(numbers: readonly number[]): Latency {
    return latencyOf(Float64Array.from(numbers, (number) => this.#ended[number] ?? Number.NaN));
  }

  #fromSent(numbers: readonly number[]): Latency {
    return latencyOf(
      Float64Array.from(numbers, (number) => (this.#ended[number] ?? Number.NaN) - (this.#sent[number] ?? 0)),
    );
  }
}
