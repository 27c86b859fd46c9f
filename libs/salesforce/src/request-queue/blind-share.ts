import type { Admission } from '@umbra/domain';

/** How long a caller is sent away while this process has used up its part and cannot know more; milliseconds. */
const pauseMs = 5_000;

/**
 * The calls that a process may make while it does not hear what the others do: its part of what was left when it last
 * did, and never more than half.
 */
export class BlindShare {
  /** null while the others are heard. */
  #left: number | null = null;

  /** The others have been heard. */
  end(): void {
    this.#left = null;
  }

  /**
   * Takes one call of the part.
   * @param left calls that were left to the whole fleet
   * @returns the refusal once the part is used
   */
  take(left: number, processes: number, now: Date): Admission | undefined {
    this.#left ??= Math.floor(left / Math.max(2, processes));
    if (this.#left <= 0)
      return { admitted: false, cause: 'share', retryAt: new Date(now.getTime() + pauseMs) };
    this.#left--;
    return undefined;
  }
}
