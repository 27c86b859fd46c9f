import type { Clock } from '@umbra/domain';

/** Answers that the estimate rests on; the middle one counts, so that a single wrong header moves nothing. */
const SAMPLES = 15;
/** `Date` has whole seconds, cut off: what is stamped now may say up to a second ago. Milliseconds. */
const RESOLUTION_MS = 1_000;

/**
 * Time by Salesforce's clock, estimated from the `Date` of its answers (RFC 9110, section 6.6.1) and kept by our
 * monotonic clock: a step of our wall clock does not touch it. Never later than the source's time, by construction:
 * what it dates is claimed too early rather than too late.
 */
export class SourceClock {
  readonly #clock: Pick<Clock, 'monotonic' | 'now'>;
  /** Source time minus monotonic time of each answer, newest last. */
  readonly #bases: number[] = [];

  constructor(clock: Pick<Clock, 'monotonic' | 'now'>) {
    this.#clock = clock;
  }

  /** @param date the header of an answer that has just arrived */
  note(date: string | undefined): void {
    const stamped = Date.parse(date ?? '');
    if (Number.isNaN(stamped)) return;
    this.#bases.push(stamped - this.#clock.monotonic());
    if (this.#bases.length > SAMPLES) this.#bases.shift();
  }

  /**
   * @param ours an instant of the recent past by our wall clock
   * @returns the same by the source's clock; unchanged before the first answer
   */
  timeOf(ours: Date): Date {
    const base = this.#bases.toSorted((a, b) => a - b)[Math.floor(this.#bases.length / 2)];
    if (base === undefined) return ours;
    const ago = this.#clock.now().getTime() - ours.getTime();
    return new Date(base + this.#clock.monotonic() - ago - RESOLUTION_MS);
  }
}
