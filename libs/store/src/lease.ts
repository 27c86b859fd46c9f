import type { EpochRaise, HoleCause, MirroredObjectName, StreamLease } from '@umbra/domain';
import { UmbraError } from '@umbra/domain';
import type pg from 'pg';
import { execute, query, type Connection } from './connection-pool.ts';
import { beginEpoch, lockEpochs, settleEvidence } from './epochs.ts';
import { openHole } from './holes.ts';
import { lockedStream, positionColumns, stillOurs, type StreamRow } from './stream-rows.ts';
import { sql } from './sql.ts';
import { inTransaction } from './transaction.ts';

/**
 * Takes a topic for `seconds` by the database's clock, with a fence above all earlier ones. The same owner may take it
 * again, which fences off its own earlier attempt.
 */
export function acquireLease(
  pool: pg.Pool,
  topic: string,
  objects: readonly MirroredObjectName[],
  owner: string,
  seconds: number,
): Promise<StreamLease | undefined> {
  return inTransaction(pool, async (connection) => {
    await execute(
      connection,
      sql`INSERT INTO sf_stream (topic, objects) VALUES ($1, $2) ON CONFLICT (topic) DO NOTHING`,
      [topic, objects],
    );
    const [taken] = await query<StreamRow & { fence: string }>(
      connection,
      sql`UPDATE sf_stream SET fence = fence + 1, lease_owner = $2, objects = $3,
                 lease_until = sf_now() + make_interval(secs => $4)
          WHERE topic = $1 AND (lease_owner IS NULL OR lease_owner = $2 OR lease_until <= sf_now())
          RETURNING *`,
      [topic, owner, objects, seconds],
    );
    if (taken === undefined) return undefined;
    await joinEpoch(connection, taken);
    return { streamId: taken.stream_id, topic, owner, fence: BigInt(taken.fence) };
  });
}

/** One object, one numbering: a topic that lags behind its objects' epoch follows, and draws the others along. */
async function joinEpoch(connection: Connection, stream: StreamRow): Promise<void> {
  const known = await lockEpochs(connection, stream.objects);
  if (known > stream.epoch) await resetStream(connection, stream, known);
  const epoch = Math.max(known, stream.epoch);
  await beginEpoch(connection, stream.objects, epoch, 'epoch-raised', stream.evidence_at);
  await fenceOthers(connection, stream, epoch);
}

/**
 * Positions of the old numbering mean nothing in the new one. A last sample of it stays: it keeps reads from being
 * stamped in the new epoch before everything of the old one is certainly visible, also when none was taken yet.
 */
async function resetStream(connection: Connection, stream: StreamRow, epoch: number): Promise<void> {
  await settleEvidence(connection, stream);
  await execute(
    connection,
    sql`INSERT INTO sf_stream_sample (stream_id, taken_ms, sampled_at, epoch, commit_number, commit_timestamp)
        SELECT stream_id, coalesce((SELECT max(taken_ms) FROM sf_stream_sample), 0), sf_now(), epoch, commit_number,
               commit_timestamp
        FROM sf_stream WHERE stream_id = $1
        ON CONFLICT (stream_id, taken_ms) DO NOTHING`,
    [stream.stream_id],
  );
  await execute(
    connection,
    sql`UPDATE sf_stream SET epoch = $2, replay_id = NULL, commit_number = NULL, commit_timestamp = NULL
        WHERE stream_id = $1`,
    [stream.stream_id, epoch],
  );
}

/** Owners of other topics with these objects would go on in the old numbering, where nothing new can win any more. */
async function fenceOthers(connection: Connection, stream: StreamRow, epoch: number): Promise<void> {
  await execute(
    connection,
    sql`UPDATE sf_stream SET fence = fence + 1, lease_owner = NULL, lease_until = NULL
        WHERE stream_id <> $1 AND objects && $2 AND epoch < $3`,
    [stream.stream_id, stream.objects, epoch],
  );
}

const holeOfRaise: Readonly<Record<EpochRaise, HoleCause>> = {
  'replay-refused': 'replay-rejected',
  'org-changed': 'epoch-raised',
  'numbers-restarted': 'epoch-raised',
  operator: 'epoch-raised',
};

/** @throws UmbraError SYNC_FENCED */
export function raiseStreamEpoch(pool: pg.Pool, lease: StreamLease, reason: EpochRaise): Promise<number> {
  return inTransaction(pool, async (connection) => {
    const [stream] = await query<StreamRow>(
      connection,
      sql`${lockedStream} WHERE stream_id = $1 AND fence = $2 FOR NO KEY UPDATE`,
      [lease.streamId, lease.fence],
    );
    if (stream === undefined) throw new UmbraError('SYNC_FENCED', 'a newer owner has the topic');
    const epoch = Math.max(stream.epoch, await lockEpochs(connection, stream.objects)) + 1;
    await resetStream(connection, stream, epoch);
    await beginEpoch(connection, stream.objects, epoch, holeOfRaise[reason], stream.evidence_at);
    await fenceOthers(connection, stream, epoch);
    return epoch;
  });
}

/** Moves the position by hand, with a hole for whatever is skipped by it. */
export function moveCursor(pool: pg.Pool, topic: string, replayId: Uint8Array | null): Promise<void> {
  return inTransaction(pool, async (connection) => {
    const [stream] = await query<StreamRow & { now: Date }>(
      connection,
      sql`SELECT stream_id, objects, ${positionColumns}, sf_now() AS now
          FROM sf_stream WHERE topic = $1 FOR NO KEY UPDATE`,
      [topic],
    );
    if (stream === undefined) {
      throw new UmbraError('STORE_REJECTED', 'no such topic', { details: { topic } });
    }
    await settleEvidence(connection, stream);
    await execute(
      connection,
      sql`UPDATE sf_stream SET replay_id = $2, fence = fence + 1, lease_owner = NULL, lease_until = NULL
          WHERE stream_id = $1`,
      [stream.stream_id, replayId],
    );
    const from = stream.evidence_at ?? stream.now;
    for (const object of stream.objects.toSorted()) {
      await openHole(connection, {
        object,
        scope: 'object',
        recordId: null,
        cause: 'operator-skip',
        from,
        version: null,
      });
    }
  });
}

export async function renewLease(
  pool: pg.Pool,
  lease: StreamLease,
  seconds: number,
  seen: bigint,
): Promise<boolean> {
  const renewed = await execute(
    pool,
    sql`UPDATE sf_stream SET lease_until = sf_now() + make_interval(secs => $5) ${stillOurs}`,
    [lease.streamId, lease.fence, lease.owner, seen, seconds],
  );
  return renewed === 1;
}

export async function releaseLease(pool: pg.Pool, lease: StreamLease): Promise<void> {
  await execute(
    pool,
    sql`UPDATE sf_stream SET lease_owner = NULL, lease_until = NULL WHERE stream_id = $1 AND fence = $2`,
    [lease.streamId, lease.fence],
  );
}
