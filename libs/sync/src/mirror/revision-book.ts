import type { MirroredObjectName, Revisions, ShadowStore } from '@umbra/domain';

const none: ReadonlySet<string> = new Set();

/**
 * The leaf sets of schema revisions, fetched once each. A revision never changes once it has a number, so nothing here
 * ever becomes outdated. The merge is pure and must not wait: load what it needs before it runs.
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
