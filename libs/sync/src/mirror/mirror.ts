import {
  mirroredObjects,
  Projector,
  readStamp,
  readStampAtLeast,
  SOURCE_STALENESS_MS,
  type CacheInvalidator,
  type KeptReads,
  type Log,
  type MirroredObjectName,
  type ProjectionRules,
  type ShadowStore,
  type StreamLog,
  type Version,
} from '@umbra/domain';
import { RevisionBook } from './revision-book.ts';

export interface MirrorOptions {
  readonly store: ShadowStore;
  readonly cache: CacheInvalidator;
  /** @see settleRules, which checks them against the org */
  readonly rules: ProjectionRules;
  readonly log: Log;
  /** Where the streams stand. Left out: no stream ever ran, and every read is stamped at the bottom of the epoch. */
  readonly positions?: Pick<StreamLog, 'durablePosition'>;
  /** Where reads are kept for a rebuild. Left out: nowhere, as in a rebuild itself. */
  readonly kept?: KeptReads;
  /**
   * Whether old events of unknown records are read anew, as their tombstones may have been purged. false: a rebuild, which
   * has every event and so the deletion too.
   */
  readonly heedsFloor?: boolean;
  /** How stale an answer of Salesforce may be, in milliseconds. */
  readonly sourceStalenessMs?: number;
}

/** What every use case of the write path works with: the store, this deployment's projection, the cache to be told. */
export class Mirror {
  readonly store: ShadowStore;
  readonly cache: CacheInvalidator;
  readonly rules: ProjectionRules;
  readonly log: Log;
  readonly revisions: RevisionBook;
  readonly kept: KeptReads | undefined;
  readonly heedsFloor: boolean;
  readonly sourceStalenessMs: number;
  readonly #positions: MirrorOptions['positions'];
  readonly #projectors: Readonly<Record<MirroredObjectName, Projector>>;

  constructor(options: MirrorOptions) {
    this.store = options.store;
    this.cache = options.cache;
    this.rules = options.rules;
    this.log = options.log;
    this.revisions = new RevisionBook(options.store);
    this.kept = options.kept;
    this.heedsFloor = options.heedsFloor ?? true;
    this.sourceStalenessMs = options.sourceStalenessMs ?? SOURCE_STALENESS_MS;
    this.#positions = options.positions;
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
   * The stamp of a read that is about to be sent: the position that was durable long enough ago for every answer to
   * have seen it. Its epoch is that of the position: after a raise reads stay in the old one until a position of the
   * new one is old enough. Without any the stamp is the bottom of the epoch, where every event wins.
   */
  async drawStamp(object: MirroredObjectName): Promise<Version> {
    const { commitNumber, epoch } = await this.#durable(object);
    return readStamp(epoch, commitNumber ?? undefined, await this.store.nextReadSeq());
  }

  /**
   * Stamps for reads by id that answer gaps: for each record its own, never below its gap. One number orders them all.
   * @returns the stamp of a record, given the version that it has to reach
   */
  async drawStamps(object: MirroredObjectName): Promise<(atLeast: Version | undefined) => Version> {
    const { commitNumber, epoch } = await this.#durable(object);
    const position = commitNumber ?? undefined;
    const readSeq = await this.store.nextReadSeq();
    return (atLeast) =>
      atLeast === undefined
        ? readStamp(epoch, position, readSeq)
        : readStampAtLeast(atLeast, epoch, position, readSeq);
  }

  async #durable(object: MirroredObjectName): Promise<{ epoch: number; commitNumber: bigint | null }> {
    if (this.#positions === undefined) return { epoch: await this.store.epoch(object), commitNumber: null };
    return this.#positions.durablePosition(object, this.sourceStalenessMs / 1000);
  }
}
