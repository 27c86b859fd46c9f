import {
  LANES,
  type CommitPosition,
  type DurablePosition,
  type EpochRaise,
  type EventBatch,
  type MirroredObjectName,
  type StoredBatch,
  type StoredChange,
  type StreamLease,
  type StreamLog,
  type StreamPosition,
  type StreamStatus,
  type UndecodedEvent,
} from '@umbra/domain';
import { UmbraError } from '@umbra/domain';
import type pg from 'pg';
import { appendBatch } from './append.ts';
import { only, query } from './connection-pool.ts';
import { acquireLease, moveCursor, raiseStreamEpoch, releaseLease, renewLease } from './lease.ts';
import { Partitions } from './partitions.ts';
import { readDurablePosition, takeSample } from './positions.ts';
import { readStreams } from './stream-status.ts';
import type { RecentEvents } from './recent-events.ts';
import { positionColumns, positionOf, type PositionRow } from './stream-rows.ts';
import { sql } from './sql.ts';
import { inTransaction } from './transaction.ts';
import { addDecoded, readUndecoded } from './undecoded.ts';

/** The raw log in PostgreSQL. Each part of it stands in a file of its own: the lease, the append, the positions. */
export class PgStreamLog implements StreamLog {
  readonly #pool: pg.Pool;
  readonly #partitions: Partitions;
  readonly #recent: RecentEvents;

  constructor(pool: pg.Pool, recent: RecentEvents) {
    this.#pool = pool;
    this.#recent = recent;
    this.#partitions = new Partitions(pool);
  }

  acquire(
    topic: string,
    objects: readonly MirroredObjectName[],
    owner: string,
    seconds: number,
  ): Promise<StreamLease | undefined> {
    return acquireLease(this.#pool, topic, objects, owner, seconds);
  }

  renew(lease: StreamLease, seconds: number, seen = 0n): Promise<boolean> {
    return renewLease(this.#pool, lease, seconds, seen);
  }

  release(lease: StreamLease): Promise<void> {
    return releaseLease(this.#pool, lease);
  }

  async position(streamId: number): Promise<StreamPosition> {
    const [row] = await query<PositionRow>(
      this.#pool,
      sql`SELECT ${positionColumns} FROM sf_stream WHERE stream_id = $1`,
      [streamId],
    );
    if (row === undefined)
      throw new UmbraError('STORE_REJECTED', 'no such stream', { details: { streamId } });
    return positionOf(row);
  }

  async append(lease: StreamLease, batch: EventBatch): Promise<StoredBatch> {
    await this.#partitions.ensure(batch.events.map(({ day }) => day));
    const { first, ...stored } = await inTransaction(this.#pool, (connection) =>
      appendBatch(connection, lease, batch),
    );
    this.#recent.stored(lease.streamId, first, batch.events);
    return stored;
  }

  raiseEpoch(lease: StreamLease, reason: EpochRaise): Promise<number> {
    return raiseStreamEpoch(this.#pool, lease, reason);
  }

  durablePosition(object: MirroredObjectName, seconds: number): Promise<DurablePosition> {
    return readDurablePosition(this.#pool, object, seconds);
  }

  samplePositions(elapsedMs?: number): Promise<void> {
    return takeSample(this.#pool, elapsedMs);
  }

  async strays(): Promise<number> {
    const rows = await query<{ count: string }>(
      this.#pool,
      sql`SELECT count(*) AS count FROM sf_raw_event_default`,
    );
    return Number(only(rows).count);
  }

  streams(): Promise<readonly StreamStatus[]> {
    return readStreams(this.#pool, LANES);
  }

  undecoded(limit: number): Promise<readonly UndecodedEvent[]> {
    return readUndecoded(this.#pool, limit);
  }

  decoded(
    event: UndecodedEvent,
    changes: readonly StoredChange[],
    at: CommitPosition,
  ): Promise<StoredBatch['lanes']> {
    return inTransaction(this.#pool, (connection) => addDecoded(connection, event, changes, at));
  }

  setCursor(topic: string, replayId: Uint8Array | null): Promise<void> {
    return moveCursor(this.#pool, topic, replayId);
  }
}
