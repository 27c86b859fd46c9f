import { UmbraError, type Clock } from '@umbra/domain';

/** How long a reader waits for the shadow. */
const PATIENCE_MS = 2_000;
/** How long it is left alone after it made a reader wait in vain. */
const REST_MS = 1_000;

/**
 * Bounds the time that readers lose to a database that is slow or says nothing: one reader per rest waits in vain, the
 * others go on at once. What was asked goes on in the background; its answer comes too late for everybody.
 */
export class ShadowPatience {
  readonly #clock: Pick<Clock, 'monotonic' | 'sleep'>;
  #restUntil = -Infinity;

  constructor(clock: Pick<Clock, 'monotonic' | 'sleep'>) {
    this.#clock = clock;
  }

  /** @throws UmbraError STORE_UNAVAILABLE when the answer takes too long, or the one before did; what `ask` throws */
  async within<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#clock.monotonic() < this.#restUntil) throw tooSlow();
    const answered = new AbortController();
    const asked = ask().finally(() => answered.abort());
    // Lost the race: its later failure is nobody's news.
    asked.catch(() => undefined);
    const late = this.#clock.sleep(PATIENCE_MS, answered.signal).then(
      () => {
        this.#restUntil = this.#clock.monotonic() + REST_MS;
        throw tooSlow();
      },
      () => asked,
    );
    return Promise.race([asked, late]);
  }
}

function tooSlow(): UmbraError {
  return new UmbraError('STORE_UNAVAILABLE', `PostgreSQL did not answer a reader within ${PATIENCE_MS} ms`);
}
