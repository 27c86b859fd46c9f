import {
  mirroredObjects,
  Projector,
  readStamp,
  type CacheInvalidator,
  type Log,
  type MirroredObjectName,
  type ProjectionRules,
  type ShadowStore,
  type Version,
} from '@umbra/domain';
import { RevisionBook } from './revision-book.ts';

export interface MirrorOptions {
  readonly store: ShadowStore;
  readonly cache: CacheInvalidator;
  /** @see settleRules, which checks them against the org */
  readonly rules: ProjectionRules;
  readonly log: Log;
}

/** What every use case of the write path works with: the store, this deployment's projection, the cache to be told. */
export class Mirror {
  readonly store: ShadowStore;
  readonly cache: CacheInvalidator;
  readonly rules: ProjectionRules;
  readonly log: Log;
  readonly revisions: RevisionBook;
  readonly #projectors: Readonly<Record<MirroredObjectName, Projector>>;

  constructor(options: MirrorOptions) {
    this.store = options.store;
    this.cache = options.cache;
    this.rules = options.rules;
    this.log = options.log;
    this.revisions = new RevisionBook(options.store);
    this.#projectors = {
      Product2: new Projector(mirroredObjects.Product2, options.rules),
      PricebookEntry: new Projector(mirroredObjects.PricebookEntry, options.rules),
      Account: new Projector(mirroredObjects.Account, options.rules),
    };
  }

  projector(object: MirroredObjectName): Projector {
    return this.#projectors[object];
  }

  /**
   * The stamp of a read that is about to be sent: the one place where a stream position would enter. No stream stores
   * positions, so every read is stamped at the bottom of the epoch, ordered among reads by the number drawn here.
   */
  async drawStamp(object: MirroredObjectName): Promise<Version> {
    const [epoch, readSeq] = [await this.store.epoch(object), await this.store.nextReadSeq()];
    return readStamp(epoch, undefined, readSeq);
  }
}
