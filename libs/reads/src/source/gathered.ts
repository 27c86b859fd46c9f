/** Questions that are asked at once at most: one is on its way back while the next is on its way there. */
const MOST_AT_ONCE = 2;

interface Batch<V> {
  readonly ids: Set<string>;
  readonly values: Promise<ReadonlyMap<string, V>>;
}

/**
 * Asks one question for many: whoever comes while others are being answered waits for the next question, and all who
 * wait share it. So the more readers there are, the less each of them costs, and no more questions than `MOST_AT_ONCE`
 * are on their way. Every question begins after the reader came: what it finds is not older than the reader's own would be.
 */
export class Gathered<V extends NonNullable<unknown>> {
  readonly #load: (ids: readonly string[]) => Promise<ReadonlyMap<string, V>>;
  #underWay = 0;
  #waiting: (Batch<V> & { readonly begin: () => void }) | undefined;

  /** @param load leaves out the ids that it knows nothing about */
  constructor(load: (ids: readonly string[]) => Promise<ReadonlyMap<string, V>>) {
    this.#load = load;
  }

  /**
   * @returns the values of these ids alone: if each of a thousand who share a question were given all of its answers,
   *   a million would be looked at and kept
   * @throws what `load` throws, to all who share it
   */
  async ask(ids: readonly string[]): Promise<ReadonlyMap<string, V>> {
    const batch = (this.#waiting ??= this.#gather());
    for (const id of ids) batch.ids.add(id);
    if (this.#underWay < MOST_AT_ONCE) this.#beginNext();
    const shared = await batch.values;
    const own = new Map<string, V>();
    for (const id of ids) {
      const value = shared.get(id);
      if (value !== undefined) own.set(id, value);
    }
    return own;
  }

  #gather(): Batch<V> & { readonly begin: () => void } {
    const ids = new Set<string>();
    const { promise, resolve: begin } = Promise.withResolvers<void>();
    const values = promise.then(() => this.#load([...ids]));
    return { ids, values, begin };
  }

  #beginNext(): void {
    const next = this.#waiting;
    if (next === undefined) return;
    this.#waiting = undefined;
    this.#underWay += 1;
    const ended = (): void => {
      this.#underWay -= 1;
      this.#beginNext();
    };
    next.values.then(ended, ended);
    next.begin();
  }
}
