import {
  coveredThrough,
  type Clock,
  type CoverageInterval,
  type CoverageLedger,
  type Facet,
  type Hole,
  type MirroredObjectName,
} from '@umbra/domain';

/** The coverage ledger in memory, with the promises of its port. */
export class MemoryLedger implements CoverageLedger {
  readonly holes: Hole[] = [];
  readonly #intervals: CoverageInterval[] = [];
  readonly #clock: Clock;
  /** The streams' own intervals. */
  evidence: (object: MirroredObjectName) => readonly { from: Date; to: Date; epoch: number }[] = () => [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(hole: Parameters<CoverageLedger['open']>[0]): Promise<Hole> {
    const key = ({ cause, object, recordId, scope }: typeof hole): string =>
      [object, scope, recordId, cause].join(' ');
    const at = this.holes.findIndex((one) => one.closedAt === null && key(one) === key(hole));
    const known = this.holes[at];
    if (known === undefined) {
      const opened = {
        ...hole,
        id: BigInt(this.holes.length),
        openedAt: this.#clock.now(),
        closedAt: null,
        closedBy: null,
      };
      this.holes.push(opened);
      return Promise.resolve(opened);
    }
    const widened = {
      ...known,
      openedAt: this.#clock.now(),
      from: hole.from < known.from ? hole.from : known.from,
      version: (hole.version ?? '') > (known.version ?? '') ? hole.version : known.version,
    };
    this.holes[at] = widened;
    return Promise.resolve(widened);
  }

  openHoles(): Promise<readonly Hole[]> {
    return Promise.resolve(this.holes.filter(({ closedAt }) => closedAt === null));
  }

  prove(interval: CoverageInterval, closes: readonly bigint[]): Promise<readonly bigint[]> {
    this.#intervals.push(interval);
    return Promise.resolve(
      this.#close(closes, interval.via, (hole) => {
        const within = (interval.from === null || interval.from <= hole.from) && hole.from <= interval.to;
        return (
          hole.object === interval.object &&
          hole.scope === 'object' &&
          within &&
          (interval.stamp == null || hole.openedAt <= (interval.seenUntil ?? interval.to)) &&
          (hole.version === null || hole.version <= (interval.stamp ?? ''))
        );
      }),
    );
  }

  closeRecords(ids: readonly bigint[], by: string, stamp: Hole['version']): Promise<readonly bigint[]> {
    return Promise.resolve(
      this.#close(
        ids,
        by,
        ({ scope, version }) => scope === 'record' && (version === null || version <= (stamp ?? '')),
      ),
    );
  }

  extend(): Promise<void> {
    return Promise.reject(new RangeError('the evidence of streams is stored with their events'));
  }

  intervals(object: MirroredObjectName, facet: Facet): Promise<readonly CoverageInterval[]> {
    return Promise.resolve(this.#intervals.filter((one) => one.object === object && one.facet === facet));
  }

  /** What may be claimed of the object now. */
  covered(object: MirroredObjectName, epoch: number, oldestUnapplied: string | null): Date | undefined {
    const proven = this.#intervals.filter(
      (one) => one.object === object && one.facet === 'rows' && one.epoch === epoch,
    );
    const streamed = this.evidence(object).filter((one) => one.epoch === epoch);
    const holes = this.holes.filter((hole) => hole.object === object);
    return coveredThrough({ intervals: [...proven, ...streamed], holes, oldestUnapplied });
  }

  #close(ids: readonly bigint[], by: string, may: (hole: Hole) => boolean): bigint[] {
    const closed: bigint[] = [];
    for (const [at, hole] of this.holes.entries()) {
      if (!ids.includes(hole.id) || hole.closedAt !== null || !may(hole)) continue;
      this.holes[at] = { ...hole, closedAt: this.#clock.now(), closedBy: by };
      closed.push(hole.id);
    }
    return closed;
  }
}
