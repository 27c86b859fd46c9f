import {
  chainEnd,
  EARLIEST_REACH_MS,
  eventVersion,
  evidenceOf,
  numbersRestarted,
  type ChangeStream,
  type OldPosition,
  type StoredBatch,
  type StreamLease,
  type StreamMessage,
  type StreamPosition,
} from '@umbra/domain';
import { decodeEvents, type DecodedEvents } from './decode-events.ts';
import type { IngestDeps, IngestTuning, Topic } from './ingest-deps.ts';
import type { SilenceHoles } from './silence-holes.ts';

/**
 * One subscription while its messages come: store, settle, tell the lanes, prove.
 *
 * Promise: an event is settled only after its bytes, the position behind it and the check of our lease have committed
 * together; what the message proves is claimed after that, and a hole found in it is opened before. A crash between
 * any two of these steps leads to the same message again, or to a claim that is too modest.
 */
export class StreamSession {
  readonly #deps: IngestDeps;
  readonly #tuning: IngestTuning;
  readonly #topic: Topic;
  readonly #lease: StreamLease;
  readonly #silence: SilenceHoles;
  #position: StreamPosition;
  #coveredAt = -Infinity;

  constructor(
    deps: IngestDeps,
    tuning: IngestTuning,
    topic: Topic,
    lease: StreamLease,
    position: StreamPosition,
    silence: SilenceHoles,
  ) {
    this.#deps = deps;
    this.#tuning = tuning;
    this.#topic = topic;
    this.#lease = lease;
    this.#silence = silence;
    this.#position = position;
  }

  get position(): StreamPosition {
    return this.#position;
  }

  /**
   * @returns `numbers-restarted` when the message shows a new numbering: then nothing of it is stored
   * @throws UmbraError SYNC_FENCED and what the store throws: nothing of the message counts as received then
   */
  async take(stream: ChangeStream, message: StreamMessage): Promise<'stored' | 'numbers-restarted'> {
    const { events, receivedAt } = message;
    const { fingerprint, schemas, sourceTime = (ours: Date) => ours } = this.#deps;
    const arrivedAt = sourceTime(receivedAt);
    const decoded = await decodeEvents(schemas, fingerprint, this.#position.epoch, events, arrivedAt);
    if (await this.#hasRestarted(decoded)) return 'numbers-restarted';
    await this.#openCrack(arrivedAt);
    await this.#openHoles(decoded, arrivedAt);
    const stored = await this.#append(stream, message, decoded, arrivedAt);
    stream.settle(events);
    if (decoded.undecoded > 0) await this.#openHoles(decoded, arrivedAt);
    if (stored.outOfOrder > 0) await this.#doubtReads();
    this.#deps.nudges.nudge(stored.lanes);
    this.#report(events.length, decoded, stored);
    await this.#cover(events.length === 0);
    return 'stored';
  }

  async #append(
    stream: ChangeStream,
    { events, latestReplayId }: StreamMessage,
    decoded: DecodedEvents,
    arrivedAt: Date,
  ): Promise<StoredBatch> {
    const before = this.#position;
    // What this very message holds is stored by the append; anything beyond it must be settled already.
    const elsewhere = stream.unsettled - events.length;
    const isKeepAlive = events.length === 0;
    const evidenceAt = evidenceOf(
      before.evidenceAt,
      { newestCommit: decoded.commitTimestamp, arrivedAt, isKeepAlive, unsettled: elsewhere },
      this.#tuning.publishDelayMs,
    );
    const last = isKeepAlive
      ? elsewhere === 0 && latestReplayId.length > 0
        ? latestReplayId
        : undefined
      : events.findLast(({ replayId }) => replayId.length > 0)?.replayId;
    const { commitNumber, commitTimestamp } = decoded;
    const reach = before.replayId === null ? new Date(arrivedAt.getTime() - EARLIEST_REACH_MS) : null;
    const stored = await this.#deps.streams.append(this.#lease, {
      events: decoded.events,
      replayId: last ?? null,
      commitNumber,
      commitTimestamp,
      evidenceAt,
      evidenceFrom: reach,
      seen: before.nextSeq,
    });
    const newer = (commitNumber ?? -1n) > (before.commitNumber ?? -1n);
    this.#position = {
      ...before,
      replayId: last ?? before.replayId,
      nextSeq: before.nextSeq + BigInt(events.length),
      evidenceAt,
      evidenceFrom: before.evidenceFrom ?? earlier(reach, evidenceAt),
      ...(newer ? { commitNumber, commitTimestamp } : {}),
    };
    return stored;
  }

  /**
   * A stream that begins proves its topic from a little before its first message. What was proven otherwise may end
   * earlier: then nobody knows what happened in between, and the earliest event need not be the first that was missed.
   */
  async #openCrack(arrivedAt: Date): Promise<void> {
    const { epoch, evidenceFrom, replayId } = this.#position;
    if (replayId !== null || evidenceFrom !== null) return;
    const beginning = arrivedAt.getTime() - EARLIEST_REACH_MS;
    for (const object of this.#topic.objects) {
      const intervals = await this.#deps.ledger.intervals(object, 'rows');
      const proven = chainEnd(intervals.filter((one) => one.epoch === epoch));
      if (proven === undefined || proven.getTime() >= beginning) continue;
      const hole = { object, scope: 'object', recordId: null, cause: 'replay-rejected' } as const;
      await this.#deps.ledger.open({ ...hole, from: proven, version: null });
    }
  }

  /** A hole is there before the position has passed what caused it. */
  async #openHoles(decoded: DecodedEvents, arrivedAt: Date): Promise<void> {
    for (const { cause, from, object, version } of decoded.holes) {
      const already = this.#position.evidenceAt;
      await this.#deps.ledger.open({
        object,
        scope: 'object',
        recordId: null,
        cause,
        from: already !== null && already < from ? already : from,
        version,
      });
    }
    if (decoded.undecoded === 0) return;
    const { commitNumber, epoch, evidenceAt } = this.#position;
    const newest = [commitNumber ?? 0n, decoded.commitNumber ?? 0n].reduce((one, other) =>
      one > other ? one : other,
    );
    for (const object of this.#topic.objects) {
      await this.#deps.ledger.open({
        object,
        scope: 'object',
        recordId: null,
        cause: 'undecodable',
        from: evidenceAt ?? new Date(arrivedAt.getTime() - EARLIEST_REACH_MS),
        // A read below an event that came before the unreadable one loses to it, and shows what both made of the record.
        version: eventVersion(epoch, newest, 0),
      });
    }
  }

  /**
   * A late event may come above a full read and below an event that nobody can read yet: what the read had shown of
   * the unreadable one is then covered up, so the read no longer stands for it.
   */
  async #doubtReads(): Promise<void> {
    const { commitNumber, epoch, evidenceFrom } = this.#position;
    if ((await this.#deps.streams.undecoded(1)).length === 0) return;
    for (const object of this.#topic.objects) {
      await this.#deps.ledger.open({
        object,
        scope: 'object',
        recordId: null,
        cause: 'undecodable',
        from: evidenceFrom ?? new Date(0),
        version: eventVersion(epoch, commitNumber ?? 0n, 0),
      });
    }
  }

  /**
   * Looked at before anything is stored. Under the old numbering the message would count as long past; once it was there
   * and the position behind it, a process that dies before the epoch is raised would leave it at that, and none would come
   * again to show it.
   */
  async #hasRestarted({ positions }: DecodedEvents): Promise<boolean> {
    const { commitNumber } = this.#position;
    if (commitNumber === null || !positions.some((at) => at.commitNumber < commitNumber)) return false;
    const old = await this.#oldPosition();
    return positions.some((at) => numbersRestarted(at, old));
  }

  async #oldPosition(): Promise<OldPosition | undefined> {
    const [object] = this.#topic.objects;
    if (object === undefined) return undefined;
    const { commitNumber, commitTimestamp, epoch } = await this.#deps.streams.durablePosition(
      object,
      this.#tuning.regressionSeconds,
    );
    if (epoch !== this.#position.epoch || commitNumber === null) return undefined;
    return typeof commitTimestamp === 'string' ? { commitNumber, commitTimestamp } : undefined;
  }

  /** What the message proves was stored with it; holes of a silence may close now. */
  async #cover(isKeepAlive: boolean): Promise<void> {
    const now = this.#deps.clock.monotonic();
    if (!isKeepAlive && now - this.#coveredAt < this.#tuning.coverMs) return;
    this.#coveredAt = now;
    await this.#silence.close(this.#position);
  }

  #report(received: number, decoded: DecodedEvents, stored: StoredBatch): void {
    this.#deps.onStored?.({
      topic: this.#topic.name,
      received,
      stored: stored.stored,
      duplicates: stored.duplicates,
      outOfOrder: stored.outOfOrder,
      undecoded: decoded.undecoded,
    });
  }
}

function earlier(a: Date | null, b: Date | null): Date | null {
  return a === null || b === null ? b : new Date(Math.min(a.getTime(), b.getTime()));
}
