import {
  decodeVersion,
  eventVersion,
  laneOf,
  UmbraError,
  type ChangeLog,
  type CommitPosition,
  type Clock,
  type EpochRaise,
  type EventBatch,
  type LaneTransaction,
  type MirroredObjectName,
  type PendingChange,
  type StoredBatch,
  type StoredChange,
  type StreamIdentity,
  type StreamLease,
  type StreamLog,
  type StreamPosition,
  type UndecodedEvent,
} from '@umbra/domain';
import type { MemoryLedger } from './memory-ledger.ts';
import type { WorldShadow } from './world-shadow.ts';

interface Stream {
  readonly streamId: number;
  readonly topic: string;
  objects: readonly MirroredObjectName[];
  owner: string | null;
  until: number;
  fence: bigint;
  position: StreamPosition;
}

interface Sample {
  readonly at: number;
  readonly topic: string;
  readonly position: StreamPosition;
}

/** A fault of the store: before the commit nothing has happened, after it everything has, and the caller cannot tell. */
export type StoreFault = (step: 'append' | 'lane' | 'raise', when: 'before' | 'after') => boolean;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** Raw log, positions and lanes in memory, with the promises of the ports. */
export class MemoryLog implements StreamLog, ChangeLog, StreamIdentity {
  readonly #clock: Clock;
  readonly #shadow: WorldShadow;
  readonly #ledger: MemoryLedger;
  readonly #streams = new Map<string, Stream>();
  readonly #fingerprints = new Set<string>();
  readonly #versions = new Set<string>();
  readonly #identities = new Map<string, string>();
  readonly changes: PendingChange[] = [];
  readonly #applied = new Set<PendingChange>();
  readonly #busy = new Set<number>();
  #undecoded: UndecodedEvent[] = [];
  #samples: Sample[] = [];
  fault: StoreFault = () => false;
  raises: EpochRaise[] = [];
  outOfOrder = 0;

  constructor(clock: Clock, shadow: WorldShadow, ledger: MemoryLedger) {
    this.#clock = clock;
    this.#shadow = shadow;
    this.#ledger = ledger;
    ledger.evidence = (object) => this.#evidence(object);
    shadow.isOutdated = async ({ object, stamp }, { recordId, srcModifiedAt }) =>
      srcModifiedAt !== null && this.modifiedAfter(object, recordId, stamp, srcModifiedAt);
    shadow.isYoung = (object, recordId, stamp, since) =>
      this.modifiedAfter(object, recordId, stamp, since.toISOString());
    shadow.provenUpTo = async (object) => {
      const oldest = (await this.oldestUnapplied()).get(object) ?? null;
      return ledger.covered(object, await shadow.epoch(object), oldest)?.toISOString() ?? null;
    };
  }

  acquire(
    topic: string,
    objects: readonly MirroredObjectName[],
    owner: string,
    seconds: number,
  ): Promise<StreamLease | undefined> {
    const now = this.#clock.monotonic();
    const stream: Stream = this.#streams.get(topic) ?? {
      streamId: this.#streams.size + 1,
      topic,
      objects,
      owner: null,
      until: 0,
      fence: 0n,
      position: {
        epoch: 0,
        replayId: null,
        commitNumber: null,
        commitTimestamp: null,
        evidenceAt: null,
        evidenceFrom: null,
        nextSeq: 1n,
      },
    };
    this.#streams.set(topic, stream);
    if (stream.owner !== null && stream.owner !== owner && stream.until > now)
      return Promise.resolve(undefined);
    Object.assign(stream, { owner, until: now + seconds * 1000, fence: stream.fence + 1n });
    return Promise.resolve({ streamId: stream.streamId, topic, owner, fence: stream.fence });
  }

  renew(lease: StreamLease, seconds: number): Promise<boolean> {
    const stream = this.#stream(lease);
    if (stream.fence !== lease.fence) return Promise.resolve(false);
    stream.until = this.#clock.monotonic() + seconds * 1000;
    return Promise.resolve(true);
  }

  release(lease: StreamLease): Promise<void> {
    const stream = this.#stream(lease);
    if (stream.fence === lease.fence) stream.owner = null;
    return Promise.resolve();
  }

  position(streamId: number): Promise<StreamPosition> {
    return Promise.resolve(this.#byId(streamId).position);
  }

  async append(lease: StreamLease, batch: EventBatch): Promise<StoredBatch> {
    await Promise.resolve();
    const stream = this.#fenced(lease);
    if (this.fault('append', 'before')) throw new UmbraError('STORE_UNAVAILABLE', 'before');
    const stored = this.#store(stream, batch);
    if (this.fault('append', 'after')) throw new UmbraError('STORE_UNAVAILABLE', 'after');
    return stored;
  }

  async raiseEpoch(lease: StreamLease, reason: EpochRaise): Promise<number> {
    if (this.fault('raise', 'before')) throw new UmbraError('STORE_UNAVAILABLE', 'before');
    const stream = this.#fenced(lease);
    const epoch = stream.position.epoch + 1;
    this.raises.push(reason);
    const from = stream.position.evidenceAt ?? new Date(0);
    const nothing = {
      replayId: null,
      commitNumber: null,
      commitTimestamp: null,
      evidenceAt: null,
      evidenceFrom: null,
    };
    stream.position = { ...stream.position, ...nothing, epoch };
    for (const object of stream.objects) {
      this.#shadow.epochs.set(object, epoch);
      const cause = reason === 'replay-refused' ? 'replay-rejected' : 'epoch-raised';
      const version = eventVersion(epoch, 0n, 0);
      await this.#ledger.open({ object, scope: 'object', recordId: null, cause, from, version });
    }
    return epoch;
  }

  durablePosition(object: MirroredObjectName, seconds: number) {
    const own = this.#samples.filter(({ topic }) => this.#streams.get(topic)?.objects.includes(object));
    const old = own.findLast(({ at }) => at <= this.#clock.monotonic() - seconds * 1000);
    if (old === undefined) return Promise.resolve({ epoch: own[0]?.position.epoch ?? 0, commitNumber: null });
    const { commitNumber, commitTimestamp, epoch } = old.position;
    return Promise.resolve({ epoch, commitNumber, commitTimestamp });
  }

  samplePositions(): Promise<void> {
    const at = this.#clock.monotonic();
    for (const { position, topic } of this.#streams.values()) this.#samples.push({ at, topic, position });
    return Promise.resolve();
  }

  streams(): ReturnType<StreamLog['streams']> {
    return Promise.resolve(
      [...this.#streams.values()].map(({ fence, objects, owner, position, streamId, topic }) => ({
        ...position,
        streamId,
        topic,
        objects,
        owner,
        leaseAlive: owner !== null,
        fence,
        backlog: this.changes.length - this.#applied.size,
        oldestUnapplied: null,
      })),
    );
  }

  strays(): Promise<number> {
    return Promise.resolve(0);
  }

  undecoded(limit: number): Promise<readonly UndecodedEvent[]> {
    return Promise.resolve(this.#undecoded.slice(0, limit));
  }

  decoded(
    event: UndecodedEvent,
    changes: readonly StoredChange[],
    { commitNumber, commitTimestamp }: CommitPosition,
  ): Promise<StoredBatch['lanes']> {
    this.#undecoded = this.#undecoded.filter((other) => other !== event);
    const stream = this.#byId(event.streamId);
    const { epoch, nextSeq } = stream.position;
    const newer = epoch === event.epoch && commitNumber > (stream.position.commitNumber ?? -1n);
    const at = newer ? { commitNumber, commitTimestamp } : {};
    stream.position = { ...stream.position, ...at, nextSeq: nextSeq + 1n };
    const pointer = { streamId: event.streamId, schemaId: event.schemaId, payload: event.payload };
    return Promise.resolve(this.#add(changes, { ...pointer, streamSeq: nextSeq }));
  }

  setCursor(): Promise<void> {
    return Promise.reject(new RangeError('nobody moves cursors here'));
  }

  known(topic: string): Promise<string | undefined> {
    return Promise.resolve(this.#identities.get(topic));
  }

  remember(topic: string, identity: string): Promise<void> {
    this.#identities.set(topic, identity);
    return Promise.resolve();
  }

  async withLanes<T>(
    wanted: readonly number[],
    work: (tx: LaneTransaction) => Promise<T>,
  ): Promise<T | undefined> {
    const lanes = wanted.filter((lane) => !this.#busy.has(lane));
    if (lanes.length === 0) return undefined;
    for (const lane of lanes) this.#busy.add(lane);
    try {
      if (this.fault('lane', 'before')) throw new UmbraError('STORE_UNAVAILABLE', 'before');
      const done: PendingChange[] = [];
      const result = await this.#shadow.transaction((tx) =>
        work({
          ...tx,
          lanes,
          pending: ({ bytes, changes }) => Promise.resolve(this.#pending(lanes, changes, bytes)),
          applied: (changes) => {
            done.push(...changes);
            return Promise.resolve();
          },
        }),
      );
      for (const change of done) this.#applied.add(change);
      if (this.fault('lane', 'after')) throw new UmbraError('STORE_UNAVAILABLE', 'after');
      return result;
    } finally {
      for (const lane of lanes) this.#busy.delete(lane);
    }
  }

  laggingLanes(): ReturnType<ChangeLog['laggingLanes']> {
    const lanes = new Map<number, bigint>();
    for (const change of this.#waiting()) lanes.set(laneOf(change.object, change.recordId), change.streamSeq);
    return Promise.resolve([...lanes].map(([lane, upTo]) => ({ lane, upTo })));
  }

  oldestUnapplied(): Promise<ReadonlyMap<MirroredObjectName, string>> {
    const oldest = new Map<MirroredObjectName, string>();
    for (const { committedAt, object } of this.#waiting()) {
      const known = oldest.get(object);
      if (known === undefined || committedAt < known) oldest.set(object, committedAt);
    }
    return Promise.resolve(oldest);
  }

  closeDays(): Promise<number> {
    return Promise.resolve(0);
  }

  modifiedAfter(
    object: MirroredObjectName,
    recordId: string,
    version: string,
    instant: string,
  ): Promise<boolean> {
    return Promise.resolve(
      this.changes.some(
        (change) =>
          change.object === object &&
          change.recordId === recordId &&
          change.version <= version &&
          change.committedAt > instant,
      ),
    );
  }

  alone<T>(_name: string, work: () => Promise<T>): Promise<T | undefined> {
    return work();
  }

  #waiting(): PendingChange[] {
    return this.changes.filter((change) => !this.#applied.has(change));
  }

  #pending(lanes: readonly number[], most: number, bytes: number): PendingChange[] {
    let room = bytes;
    return this.#waiting()
      .filter(({ object, recordId }) => lanes.includes(laneOf(object, recordId)))
      .slice(0, most)
      .filter(({ payload }, at) => (room -= payload.length) >= 0 || at === 0);
  }

  #store(stream: Stream, batch: EventBatch): StoredBatch {
    const before = stream.position;
    const lanes = new Map<number, bigint>();
    let [stored, outOfOrder, seq, highest] = [0, 0, before.nextSeq, before.commitNumber ?? -1n];
    for (const { changes, error, event, fingerprint, day } of batch.events) {
      const { payload, schemaId } = event;
      const identity = `${day} ${String(before.epoch)} ${hex(fingerprint)}`;
      if (this.#fingerprints.has(identity)) continue;
      this.#fingerprints.add(identity);
      stored++;
      const pointer = { streamId: stream.streamId, streamSeq: seq++, schemaId, payload };
      if (error !== null) {
        const receivedAt = this.#clock.now();
        this.#undecoded.push({ ...pointer, epoch: before.epoch, day, receivedAt });
      }
      const number = changes[0] === undefined ? highest : decodeVersion(changes[0].version).commitNumber;
      if (number < highest) outOfOrder++;
      else highest = number;
      for (const { lane, upTo } of this.#add(changes, pointer)) lanes.set(lane, upTo);
    }
    this.outOfOrder += outOfOrder;
    this.#move(stream, batch, seq);
    return {
      stored,
      duplicates: batch.events.length - stored,
      lanes: [...lanes].map(([lane, upTo]) => ({ lane, upTo })),
      outOfOrder,
    };
  }

  #move(stream: Stream, batch: EventBatch, nextSeq: bigint): void {
    const { commitNumber, commitTimestamp, evidenceAt, evidenceFrom, replayId, epoch } = stream.position;
    const first = (a: Date | null, b: Date | null): Date | null =>
      a === null || b === null ? (a ?? b) : new Date(Math.min(a.getTime(), b.getTime()));
    const newer = (batch.commitNumber ?? -1n) > (commitNumber ?? -1n);
    const begins = batch.evidenceAt === null ? null : first(batch.evidenceFrom ?? null, batch.evidenceAt);
    stream.position = {
      epoch,
      nextSeq,
      replayId: batch.replayId ?? replayId,
      commitNumber: newer ? batch.commitNumber : commitNumber,
      commitTimestamp: newer ? batch.commitTimestamp : commitTimestamp,
      evidenceAt:
        evidenceAt === null || (batch.evidenceAt !== null && batch.evidenceAt > evidenceAt)
          ? batch.evidenceAt
          : evidenceAt,
      evidenceFrom: evidenceFrom ?? begins,
    };
  }

  #add(
    changes: readonly StoredChange[],
    pointer: Omit<PendingChange, keyof StoredChange>,
  ): { lane: number; upTo: bigint }[] {
    const lanes: { lane: number; upTo: bigint }[] = [];
    for (const change of changes) {
      const identity = `${change.object} ${change.recordId} ${change.version}`;
      if (this.#versions.has(identity)) continue;
      this.#versions.add(identity);
      this.changes.push({ ...change, ...pointer });
      lanes.push({ lane: laneOf(change.object, change.recordId), upTo: pointer.streamSeq });
    }
    return lanes;
  }

  #evidence(object: MirroredObjectName) {
    return [...this.#streams.values()].flatMap(
      ({ objects, position: { epoch, evidenceAt, evidenceFrom } }) =>
        objects.includes(object) && evidenceAt !== null && evidenceFrom !== null
          ? [{ from: evidenceFrom, to: evidenceAt, epoch }]
          : [],
    );
  }

  #fenced(lease: StreamLease): Stream {
    const stream = this.#stream(lease);
    if (stream.fence !== lease.fence) throw new UmbraError('SYNC_FENCED', 'a newer owner has the topic');
    return stream;
  }

  #stream({ topic }: StreamLease): Stream {
    const stream = this.#streams.get(topic);
    if (stream === undefined) throw new RangeError(topic);
    return stream;
  }

  #byId(streamId: number): Stream {
    const stream = [...this.#streams.values()].find((one) => one.streamId === streamId);
    if (stream === undefined) throw new RangeError('no such stream');
    return stream;
  }
}
