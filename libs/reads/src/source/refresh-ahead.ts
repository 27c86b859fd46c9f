import type { Clock } from '@umbra/domain';

const PAUSE_MS = 30_000;
const MOST_REMEMBERED = 20_000;

/**
 * Work that is done behind the readers' backs, so that none of them waits for it: at most once per key and pause. Its
 * failure is nobody's: the next reader finds out by itself.
 */
export class RefreshAhead {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #pauseMs: number;
  readonly #started = new Map<string, number>();

  /** @param pauseMs the same thing is not read ahead again within this time, whatever became of it */
  constructor(clock: Pick<Clock, 'monotonic'>, pauseMs = PAUSE_MS) {
    this.#clock = clock;
    this.#pauseMs = pauseMs;
  }

  /** @param work must not throw */
  start(
    keyed: readonly { readonly id: string; readonly key: string }[],
    work: (ids: string[]) => Promise<void>,
  ): void {
    const now = this.#clock.monotonic();
    const due = keyed.filter(({ key }) => now - (this.#started.get(key) ?? -Infinity) > this.#pauseMs);
    if (due.length === 0) return;
    if (this.#started.size > MOST_REMEMBERED) this.#started.clear();
    for (const { key } of due) this.#started.set(key, now);
    void work(due.map(({ id }) => id));
  }
}
