import type { MirroredObjectName, Revisions, ShadowStore } from '@umbra/domain';

const none: ReadonlySet<string> = new Set();

/** A transaction met a record of a revision that is not in the book. It is set back and done again with it. */
export class RevisionsMissing extends Error {
  readonly object: MirroredObjectName;
  readonly revisions: readonly number[];

  constructor(object: MirroredObjectName, revisions: readonly number[]) {
    super('revisions are to be loaded first');
    this.object = object;
    this.revisions = revisions;
  }
}

/**
 * The leaf sets of schema revisions, fetched once each. A revision never changes once it has a number, so nothing here
 * ever becomes outdated. The merge is pure and must not wait: what it needs is loaded before it runs.
 *
 * Never inside a transaction: it holds a connection already, and when as many transactions as there are connections
 * each ask for one more, all of them wait for ever.
 */
export class RevisionBook {
  readonly #store: ShadowStore;
  readonly #known = new Map<MirroredObjectName, Map<number, ReadonlySet<string>>>();

  constructor(store: ShadowStore) {
    this.#store = store;
  }

  async load(object: MirroredObjectName, revisions: Iterable<number>): Promise<void> {
    const known = this.#knownOf(object);
    for (const revision of new Set(revisions)) {
      if (!known.has(revision)) known.set(revision, await this.#store.leavesOf(object, revision));
    }
  }

  /** @throws RevisionsMissing */
  require(object: MirroredObjectName, revisions: Iterable<number>): void {
    const known = this.#knownOf(object);
    const missing = [...new Set(revisions)].filter((revision) => !known.has(revision));
    if (missing.length > 0) throw new RevisionsMissing(object, missing);
  }

  /** Does a piece of work, and does it again after loading what it lacked. */
  async having<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof RevisionsMissing)) throw error;
        await this.load(error.object, error.revisions);
      }
    }
  }

  /** @throws RangeError for a revision that was not loaded */
  of(object: MirroredObjectName): Revisions {
    const known = this.#knownOf(object);
    return (revision) => {
      const leaves = known.get(revision);
      if (leaves === undefined) {
        throw new RangeError(`revision ${String(revision)} of ${object} is not loaded`);
      }
      return leaves;
    };
  }

  #knownOf(object: MirroredObjectName): Map<number, ReadonlySet<string>> {
    const known = this.#known.get(object) ?? new Map([[0, none]]);
    this.#known.set(object, known);
    return known;
  }
}
