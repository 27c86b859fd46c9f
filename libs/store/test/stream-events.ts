import { createHash } from 'node:crypto';
import {
  eventVersion,
  type EventBatch,
  type EventToStore,
  type MirroredObjectName,
  type StoredChange,
  type StreamLease,
} from '@umbra/domain';
import { recordId } from '@umbra/testing';
import type { Store } from '../src/index.ts';

export const topic = '/data/AccountChangeEvent';

/** Commit n of the tests happens n seconds after this; today, so that it has a partition. */
const epochStart = new Date(new Date().setUTCHours(0, 0, 0, 0)).getTime();

export function committedAt(n: number): string {
  return new Date(epochStart + n * 1000).toISOString();
}

export interface EventOptions {
  readonly epoch?: number;
  readonly ids?: readonly string[];
  readonly object?: MirroredObjectName;
  readonly error?: EventToStore['error'];
  readonly bytes?: number;
  readonly day?: string;
  readonly changes?: readonly StoredChange[];
}

export function changesOf(n: number, options: EventOptions = {}): StoredChange[] {
  const { epoch = 0, ids = [recordId('001', n)], object = 'Account' } = options;
  return ids.map((id) => ({
    object,
    recordId: id,
    version: eventVersion(epoch, BigInt(n), 1),
    changeType: 'UPDATE',
    committedAt: committedAt(n),
  }));
}

/** The event of commit n, the same bytes for the same n. */
export function event(n: number, options: EventOptions = {}): EventToStore {
  const payload = Buffer.alloc(options.bytes ?? 40, `commit ${n};`);
  const schemaId = 'schema-1';
  const digest = createHash('sha256').update(schemaId).update(payload).digest();
  const commit = Buffer.alloc(8);
  commit.writeBigUInt64BE(BigInt(n));
  return {
    event: { eventId: `event-${n}`, schemaId, payload, replayId: replayIdOf(n) },
    fingerprint: options.error == null ? Buffer.concat([commit, digest]) : digest,
    changes: options.error == null ? (options.changes ?? changesOf(n, options)) : [],
    error: options.error ?? null,
    day: options.day ?? committedAt(n).slice(0, 10),
  };
}

export function replayIdOf(n: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeBigUInt64BE(BigInt(n), 2);
  return bytes;
}

export function batchOf(
  events: readonly EventToStore[],
  last: number,
  changes: Partial<EventBatch> = {},
): EventBatch {
  return {
    events,
    replayId: replayIdOf(last),
    commitNumber: BigInt(last),
    commitTimestamp: committedAt(last),
    evidenceAt: new Date(committedAt(last)),
    ...changes,
  };
}

/** Commits n, n+1, … of the tests' topic. */
export function commits(from: number, to: number, options: EventOptions = {}): EventBatch {
  const events = Array.from({ length: to - from + 1 }, (_, at) => event(from + at, options));
  return batchOf(events, to);
}

export async function lease(
  store: Store,
  owner = 'me',
  objects: readonly MirroredObjectName[] = ['Account'],
  name = topic,
): Promise<StreamLease> {
  const taken = await store.streamLog.acquire(name, objects, owner, 15);
  if (taken === undefined) throw new Error('the lease is taken');
  return taken;
}

export const all = { changes: 500, bytes: 4_000_000 };

/** Applies everything that waits, lane by lane. @returns commit numbers in the order of their application */
export async function drain(store: Store): Promise<number[]> {
  const order: number[] = [];
  for (const { lane } of await store.changeLog.laggingLanes()) {
    for (;;) {
      const count = await store.changeLog.withLanes([lane], async (tx) => {
        const changes = await tx.pending(all);
        order.push(...changes.map(({ version }) => Number.parseInt(version.slice(8, 24), 16)));
        await tx.applied(changes);
        return changes.length;
      });
      if (count === 0) break;
    }
  }
  return order;
}
