import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import {
  mirroredObjectNames,
  UmbraError,
  type Clock,
  type FieldMap,
  type Log,
  type Meter,
} from '@umbra/domain';
import type { RedisServices } from '@umbra/redis';
import type { Salesforce } from '@umbra/salesforce';
import type { Store } from '@umbra/store';
import {
  Mirror,
  reprojectChanged,
  settleRules,
  StaleReadGuard,
  type BackfillDeps,
  type NightlyDeps,
} from '@umbra/sync';
import { nightlyRetention, retentionDeps } from './retention.ts';
import type { WorkerTuning } from './tuning.ts';
import type { WorkerPorts } from './worker-ports.ts';

export interface WritePathOptions {
  readonly store: Store;
  readonly ports: WorkerPorts;
  readonly redis: RedisServices;
  readonly salesforce: Salesforce;
  readonly fieldMap: FieldMap;
  readonly defaultCurrency: string | undefined;
  /** Where days of the raw log go. */
  readonly archiveFolder: string;
  readonly tuning: Pick<WorkerTuning, 'guardPatienceMs' | 'reconcile' | 'sourceStalenessMs'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
}

/**
 * What the handlers work with. It exists once the configuration has been compared with the org, which needs
 * Salesforce; the consumers start after that, so no handler ever meets it unsettled.
 */
export class WritePath {
  readonly #options: WritePathOptions;
  /** Unique per process. */
  readonly owner: string = `${hostname()}.${process.pid}.${randomUUID().slice(0, 8)}`;
  /** One for every way by which rows are read, or none would know for how long a record has been outdated. */
  readonly guard: StaleReadGuard;
  #mirror: Mirror | undefined;

  constructor(options: WritePathOptions) {
    this.#options = options;
    const { clock, meter, ports, tuning } = options;
    const { guardPatienceMs } = tuning;
    this.guard = new StaleReadGuard({
      changes: ports.changes,
      clock,
      ...(guardPatienceMs === undefined ? {} : { patienceMs: guardPatienceMs }),
      onRequeue: (rows) => meter.count('sf_stale_guard_requeues_total', {}, rows),
      onTimeout: () => meter.count('sf_stale_guard_timeouts_total', {}),
    });
  }

  /**
   * Compares field map and currency with the org, and the org with the one that the database mirrors. Another org (a
   * refreshed sandbox) is met as a subscriber meets it in mid-stream: everything counts as unproven and is read anew.
   * @throws UmbraError SF_FIELD_MISSING, SYNC_CURRENCY_MISSING; SF_* and STORE_* when they are away
   */
  async settle(): Promise<void> {
    const { store, ports, redis, salesforce, fieldMap, defaultCurrency, log, tuning } = this.#options;
    const { rules, warnings } = await settleRules(salesforce.records, fieldMap, defaultCurrency ?? null);
    const org = await salesforce.records.org();
    const known = await store.org.known();
    if (known !== undefined && known.orgId !== org.orgId) await this.#meetOtherOrg(org.orgId);
    await store.org.remember(org);
    for (const reason of warnings) log.warn({ reason }, 'field map warning');
    const { sourceStalenessMs } = tuning;
    this.#mirror = new Mirror({
      store: ports.shadow,
      cache: redis.cache,
      rules,
      log,
      positions: ports.streams,
      kept: store.kept,
      ...(sourceStalenessMs === undefined ? {} : { sourceStalenessMs }),
    });
  }

  /** The holes come first: a process that dies before it remembers the new org declares them once more. */
  async #meetOtherOrg(orgId: string): Promise<void> {
    const { clock, log, store } = this.#options;
    log.error({ orgId }, 'the org is another one; every object is read anew');
    for (const object of mirroredObjectNames) {
      const from = (await store.reads.coveredAt(object)) ?? clock.now();
      const hole = { object, scope: 'object', recordId: null, cause: 'epoch-raised' } as const;
      await store.ledger.open({ ...hole, from, version: null });
    }
  }

  /** Projects every record anew where the field map has changed since it was written. */
  async reproject(): Promise<void> {
    const objects = await reprojectChanged(this.mirror, (text) =>
      createHash('sha256').update(text).digest('hex'),
    );
    if (objects.length > 0) this.#options.log.info({ objects }, 'projected anew');
  }

  get mirror(): Mirror {
    if (this.#mirror === undefined)
      throw new UmbraError('SYNC_BUSY', 'The worker has not settled its configuration yet');
    return this.#mirror;
  }

  /** What compares the shadow with Salesforce works with. */
  get upkeep(): NightlyDeps {
    const { archiveFolder, log, ports, salesforce, store, tuning } = this.#options;
    return {
      backfill: this.backfill,
      comparison: store.comparison,
      ledger: ports.ledger,
      upkeep: store.upkeep,
      reads: store.reads,
      streams: ports.streams,
      sourceTime: (ours) => salesforce.sourceTime(ours),
      ...(tuning.reconcile === undefined ? {} : { tuning: tuning.reconcile }),
      retention: (signal) => nightlyRetention(retentionDeps(store, archiveFolder, log), signal),
    };
  }

  get backfill(): BackfillDeps {
    const { store, ports, salesforce, clock } = this.#options;
    return {
      mirror: this.mirror,
      runs: store.runs,
      bulk: ports.bulk,
      records: salesforce.records,
      clock,
      guard: this.guard,
      owner: this.owner,
    };
  }
}
