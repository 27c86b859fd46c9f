/**
 * Of equal questions that are asked at the same time, one is answered and all get the answer. Without it, the moment
 * after an invalidation sends every waiting reader to the database, or to Salesforce.
 */
export class SingleFlight {
  readonly #flights = new Map<string, Promise<unknown>>();

  /**
   * @param name questions of equal name and id are equal
   * @param load answers all the ids that nobody else is asking about; one call
   */
  async many<V>(
    name: string,
    ids: readonly string[],
    load: (ids: readonly string[]) => Promise<ReadonlyMap<string, V>>,
  ): Promise<Map<string, V>> {
    const keyOf = (id: string): string => JSON.stringify([name, id]);
    const own = ids.filter((id) => !this.#flights.has(keyOf(id)));
    if (own.length > 0) {
      const loading = load(own);
      for (const id of own) {
        const key = keyOf(id);
        const flight = loading.then((values) => values.get(id)).finally(() => this.#flights.delete(key));
        this.#flights.set(key, flight);
      }
    }
    const values = await Promise.all(
      ids.map(async (id) => [id, await this.#flights.get(keyOf(id))] as const),
    );
    return new Map(values.filter((entry): entry is readonly [string, V & {}] => entry[1] !== undefined));
  }

  /** One question without ids. */
  async one<V extends object>(name: string, load: () => Promise<V>): Promise<V> {
    const key = JSON.stringify([name]);
    const running = this.#flights.get(key);
    // Equal names have values of one type.
    if (running !== undefined) return (await running) as V;
    const flight = load().finally(() => this.#flights.delete(key));
    this.#flights.set(key, flight);
    return flight;
  }

  /** Whether somebody has asked a question without ids and waits for its answer. */
  isUnderWay(name: string): boolean {
    return this.#flights.has(JSON.stringify([name]));
  }
}
