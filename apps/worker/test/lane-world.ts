import { createHash } from 'node:crypto';
import {
  eventVersion,
  type DecodedChange,
  type DecoderFactory,
  type EventToStore,
  type Leaves,
  type MirroredObjectName,
  type StreamLease,
} from '@umbra/domain';
import { systemClock } from '@umbra/platform';
import { drainLane, drainLanes, Returning, SchemaBook, type ApplyDeps, type LaneReport } from '@umbra/sync';
import { MemoryOrg } from '@umbra/testing';
import type { MirrorUnderTest } from './with-mirror.ts';

/** One change of one record, as its event tells it. */
export interface Told {
  readonly object: MirroredObjectName;
  readonly id: string;
  readonly type: string;
  readonly leaves: Leaves;
}

/** Today, so that it has a partition. */
const start = new Date().setUTCHours(0, 0, 0, 0);

/** Stored changes and their lanes over PostgreSQL; what the wire looks like is another test's subject. */
export class LaneWorld {
  readonly reports: LaneReport[] = [];
  readonly apply: ApplyDeps;
  readonly #under: MirrorUnderTest;
  readonly #org = new MemoryOrg();
  readonly #leases = new Map<string, StreamLease>();
  #commit = 0;

  constructor(under: MirrorUnderTest) {
    this.#under = under;
    const { mirror, store } = under;
    const schemas = new SchemaBook({
      source: { schema: (id) => Promise.resolve(id) },
      createDecoder: this.createDecoder,
      kept: store.eventSchemas,
      records: this.#org,
      store: store.shadow,
      clock: systemClock,
    });
    this.apply = {
      mirror,
      changes: store.changeLog,
      schemas,
      ledger: store.ledger,
      clock: systemClock,
      returning: new Returning(),
      refresh: () => undefined,
      onApplied: (report) => this.reports.push(report),
    };
  }

  /** A schema's text is the name of its object. */
  readonly createDecoder: DecoderFactory = (text) => ({
    entityName: text,
    leaves: (this.#org.describes[text]?.fields ?? []).map(({ name }) => name),
    decode: (payload) => decoded(text, payload),
  });

  /** Stores the changes, one event each, in this order. */
  tell(...changes: readonly Told[]): Promise<void> {
    return this.#store('/data/ChangeEvents', ['Product2', 'PricebookEntry'], changes);
  }

  /** The same, with a topic for each object, as a worker subscribes. */
  async tellByObject(...changes: readonly Told[]): Promise<void> {
    for (const [object, own] of Map.groupBy(changes, (change) => change.object))
      await this.#store(`/data/${object}ChangeEvent`, [object], own);
  }

  async #store(
    topic: string,
    objects: readonly MirroredObjectName[],
    changes: readonly Told[],
  ): Promise<void> {
    const { streamLog } = this.#under.store;
    const lease = this.#leases.get(topic) ?? (await streamLog.acquire(topic, objects, 'test', 600));
    if (lease === undefined) throw new Error('the lease is taken');
    this.#leases.set(topic, lease);
    for (let from = 0; from < changes.length; from += 500) {
      const events = changes.slice(from, from + 500).map((change) => this.#eventOf(change));
      await streamLog.append(lease, {
        events,
        replayId: null,
        commitNumber: BigInt(this.#commit),
        commitTimestamp: this.#at(),
        evidenceAt: null,
      });
    }
  }

  /** What every worker does at once: all lanes that lag, until none does. */
  async drain(): Promise<number> {
    let applied = 0;
    for (;;) {
      const lagging = await this.#under.store.changeLog.laggingLanes();
      const lanes = new Set([...lagging.map(({ lane }) => lane), ...this.apply.returning.lanes]);
      if (lanes.size === 0) return applied;
      for (const lane of lanes) applied += (await drainLane(this.apply, lane)).applied;
    }
  }

  /** The same, many lanes to a transaction. */
  async drainTogether(): Promise<void> {
    for (;;) {
      let lanes: readonly number[] = (await this.#under.store.changeLog.laggingLanes()).map(
        ({ lane }) => lane,
      );
      if (lanes.length === 0) return;
      while (lanes.length > 0) ({ left: lanes } = await drainLanes(this.apply, lanes));
    }
  }

  /** Deadlocks of this database so far. */
  async deadlocks(): Promise<number> {
    await this.#under.db.rows('SELECT pg_stat_force_next_flush()');
    const [row] = await this.#under.db.rows<{ deadlocks: string }>(
      'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
    );
    return Number(row?.deadlocks);
  }

  #at(): string {
    return new Date(start + this.#commit * 10).toISOString();
  }

  #eventOf({ object, id, type, leaves }: Told): EventToStore {
    const version = eventVersion(0, BigInt(++this.#commit), 1);
    const payload = Buffer.from(JSON.stringify({ commit: this.#commit, leaves }));
    const change = { object, recordId: id, version, changeType: type, committedAt: this.#at() };
    return {
      event: { eventId: String(this.#commit), schemaId: object, payload, replayId: new Uint8Array() },
      fingerprint: createHash('sha256').update(object).update(payload).digest(),
      changes: [change],
      error: null,
      day: change.committedAt.slice(0, 10),
    };
  }
}

function decoded(entityName: string, payload: Uint8Array): DecodedChange {
  const { leaves } = JSON.parse(Buffer.from(payload).toString()) as { leaves: Leaves };
  const changed = Object.keys(leaves);
  return {
    header: {
      entityName,
      recordIds: [],
      changeType: '',
      changeOrigin: '',
      transactionKey: '',
      sequenceNumber: 1,
      commitTimestamp: '',
      commitNumber: 0n,
      commitUser: '005000000000001AAA',
    },
    leaves: Object.fromEntries(Object.entries(leaves).filter(([, value]) => value !== null)),
    changed,
    nulled: changed.filter((leaf) => leaves[leaf] === null),
    diffed: [],
  };
}
