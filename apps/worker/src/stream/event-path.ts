import { createHash } from 'node:crypto';
import {
  isUmbraError,
  type Clock,
  type CoverageLedger,
  type DirtyRecords,
  type EventSchemas,
  type Log,
  type Meter,
  type MirroredObjectName,
  type PendingChange,
  type RecordSource,
  type RunStore,
  type StreamIdentity,
} from '@umbra/domain';
import { createChangeDecoder, type PubsubSource } from '@umbra/salesforce';
import {
  LaneNudges,
  LanePump,
  Returning,
  noteSchema,
  Patience,
  SchemaBook,
  sweepOnce,
  type ApplyDeps,
  type Fingerprint,
  type IngestDeps,
  type Mirror,
  type StaleReadGuard,
  type SweepOnceDeps,
  type SweepReport,
  type WantedRefresh,
} from '@umbra/sync';
import type { WorkerTuning } from '../tuning.ts';
import type { WorkerPorts } from '../worker-ports.ts';
import { reportApplied, reportStored } from './reports.ts';

export interface EventPathOptions {
  readonly ports: WorkerPorts;
  readonly source: PubsubSource;
  readonly mirror: Mirror;
  readonly ledger: CoverageLedger;
  readonly identity: StreamIdentity;
  readonly dirty: DirtyRecords;
  readonly eventSchemas: EventSchemas;
  readonly runs: RunStore;
  readonly records: RecordSource;
  readonly guard: StaleReadGuard;
  readonly sourceTime: (ours: Date) => Date;
  readonly onOrgMoved: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Unique per process. */
  readonly owner: string;
  readonly tuning: WorkerTuning;
}

/** Ids of one `refresh-record` job at most; its schema says so. */
const IDS_PER_JOB = 2_000;
/** Gaps of one batch that are worth a job each. */
const MOST_JOBS = 20;

const fingerprint: Fingerprint = (schemaId, payload) =>
  createHash('sha256').update(schemaId).update(payload).digest();

/** The way of a change through this process, joined from the use cases and the adapters. */
export class EventPath {
  readonly apply: ApplyDeps;
  readonly ingest: IngestDeps;
  readonly #sweep: SweepOnceDeps;
  readonly #pump: LanePump;
  readonly #nudges: LaneNudges;
  readonly #options: EventPathOptions;
  readonly #newestSchema = new Map<MirroredObjectName, string>();

  constructor(options: EventPathOptions) {
    this.#options = options;
    const { clock, dirty, eventSchemas, guard, ledger, log, meter, mirror, ports, records, source } = options;
    const schemas = new SchemaBook({
      source,
      createDecoder: createChangeDecoder,
      records,
      store: ports.shadow,
      kept: eventSchemas,
      clock,
    });
    this.apply = {
      mirror,
      changes: ports.changes,
      schemas,
      ledger,
      clock,
      returning: new Returning(),
      refresh: (wanted) => void this.#requestReads(wanted),
      onSchema: (schemaId, first) => this.#meetSchema(schemas, schemaId, first),
      onApplied: (report) => reportApplied(report, { clock, log, meter }),
    };
    this.#pump = new LanePump(this.apply, log);
    this.#nudges = new LaneNudges({
      queue: ports.queue,
      wake: (lanes) => this.#pump.wake(lanes),
      waiting: () => this.#pump.waiting,
      ...(options.tuning.nudgeOwnMs === undefined ? {} : { ownMs: options.tuning.nudgeOwnMs }),
      clock,
      log,
    });
    this.ingest = this.#ingestDeps(schemas);
    this.#sweep = {
      apply: this.apply,
      decode: { streams: ports.streams, schemas, ledger, nudges: this.#nudges },
      refresh: { mirror, records, dirty, guard, patience: new Patience(clock), ledger },
      exclusively: (work) => ports.changes.alone('sweep', work),
    };
  }

  /** Gives a lane its turn. @throws UmbraError STORE_*, SF_* */
  drain(lane: number): Promise<void> {
    return this.#pump.drain(lane);
  }

  /** @returns undefined when another process is at it */
  sweep(signal: AbortSignal): Promise<SweepReport | undefined> {
    return sweepOnce({ ...this.#sweep, refresh: { ...this.#sweep.refresh, signal } }, signal);
  }

  /** Lets the batches under way commit. What waits after that is in the log. */
  async close(): Promise<void> {
    await this.#nudges.settled();
    await this.#pump.close();
  }

  #ingestDeps(schemas: SchemaBook): IngestDeps {
    const { clock, identity, ledger, log, meter, onOrgMoved, owner, ports, records, source } = this.#options;
    const { sourceTime, tuning } = this.#options;
    return {
      streams: ports.streams,
      source,
      schemas,
      ledger,
      records,
      identity,
      nudges: this.#nudges,
      fingerprint,
      sourceTime,
      onOrgMoved,
      clock,
      log,
      owner,
      tuning: tuning.ingest,
      onStored: (report) => reportStored(report, { log, meter }),
    };
  }

  /** A schema that follows another one changes the structure of every record: no cached list is to outlive it. */
  async #meetSchema(schemas: SchemaBook, schemaId: string, first: PendingChange): Promise<void> {
    const { ledger, mirror, ports, runs } = this.#options;
    await noteSchema({ schemas, runs, store: ports.shadow, ledger }, schemaId, first);
    const before = this.#newestSchema.get(first.object);
    this.#newestSchema.set(first.object, schemaId);
    if (before !== undefined && before !== schemaId && first.object !== 'Account')
      await mirror.cache.invalidateAllCatalogs();
  }

  /**
   * A job for the records of each gap, since a read must not claim to have seen more than the gap it answers. In a storm
   * of gaps the sweep reads them together; it finds what is not asked for here as well, as the rows say that they wait.
   */
  async #requestReads(wanted: readonly WantedRefresh[]): Promise<void> {
    const { log, ports } = this.#options;
    const jobs = Map.groupBy(wanted, ({ atLeast, object }) => `${object} ${atLeast}`);
    if (jobs.size > MOST_JOBS) return;
    for (const records of jobs.values()) {
      const ids = records.map(({ recordId }) => recordId).slice(0, IDS_PER_JOB);
      const [first] = records;
      if (first === undefined) continue;
      const { atLeast: v, object } = first;
      try {
        await ports.queue.add('refresh-record', { object, ids, v });
      } catch (error) {
        const code = isUmbraError(error) ? error.code : 'unexpected';
        log.debug({ object, code }, 'reads are left to the sweep');
        return;
      }
    }
  }
}
