import { baseData, objectSpecs } from '../data/base-data.ts';
import {
  DEFAULT_CURRENCY,
  INTEGRATION_USER_ORDINAL,
  STANDARD_PRICEBOOK_ORDINAL,
} from '../data/setup.tables.ts';
import { CallLimits } from './call-limits.ts';
import { CommitNumbers } from './commit-numbers.ts';
import type { Commit } from './commit.ts';
import type { Edit, TransactOptions, TransactResult } from './edit.ts';
import { FaultRules } from './fault-rules.ts';
import { FieldRights } from './field-rights.ts';
import { HistoryLog } from './history-log.ts';
import { idOf, ordinalInId } from './ids.ts';
import { knobsWith } from './knob-rules.ts';
import type { Knobs } from './knobs.ts';
import { ObjectTable } from './object-table.ts';
import { OrgSchema } from './org-schema.ts';
import { moveOrganization } from './move-organization.ts';
import type { DeletedRecord, Migration, Org, OrgIdentity, OrgOptions, Scale } from './org.ts';
import { SalesforceError } from './record.ts';
import { deletedRecords, updatedIds } from './replication.ts';
import { Snapshots } from './snapshots.ts';
import type { Snapshot } from './table-view.ts';
import { BIN_LIFE_MS, Transactor } from './transactor.ts';
import { VirtualClock } from './virtual-clock.ts';

const INSTANCE_NAME = 'UMB7';
/** What is in the bin at the start went there the day before. */
const BINNED_BEFORE_MS = 24 * 3600 * 1000;

export function openOrg(options: OrgOptions): Org {
  return new SimulatedOrg(options);
}

class SimulatedOrg implements Org {
  readonly scale: Scale;
  readonly seed: number;
  readonly schema: OrgSchema;
  readonly clock: VirtualClock;
  readonly limits: CallLimits;
  readonly faults: FaultRules;
  readonly history: HistoryLog;
  readonly #tables = new Map<string, ObjectTable>();
  readonly #snapshots: Snapshots;
  readonly #transactor: Transactor;
  readonly #numbers: CommitNumbers;
  #identity: OrgIdentity;
  #knobs: Knobs;
  #tokensRevokedAt = Number.NEGATIVE_INFINITY;

  constructor(options: OrgOptions) {
    const { scale, seed, singleCurrency = false, username = 'integration@umbra.example' } = options;
    this.scale = scale;
    this.seed = seed;
    this.#knobs = knobsWith(options.knobs ?? {});
    this.#identity = identityOf(username, singleCurrency);
    this.clock = new VirtualClock(options.hostClock ?? Date.now);
    this.schema = new OrgSchema(objectSpecs(singleCurrency), () => this.clock.now());
    const oldestBinned = this.clock.now() - BINNED_BEFORE_MS;
    const data = baseData({ scale, seed, singleCurrency, username, instanceName: INSTANCE_NAME });
    for (const entry of this.schema.objects) {
      const base = data.get(entry.name);
      if (base !== undefined) this.#tables.set(entry.name, new ObjectTable(entry, base, oldestBinned));
    }
    const knobs = (): Knobs => this.#knobs;
    this.limits = new CallLimits(this.clock, knobs);
    this.faults = new FaultRules(seed);
    this.history = new HistoryLog({ dataDir: options.dataDir });
    this.#snapshots = new Snapshots(this.schema, this.#tables, this.clock, knobs);
    this.#numbers = new CommitNumbers(seed);
    this.#transactor = new Transactor({
      schema: this.schema,
      tables: this.#tables,
      clock: this.clock,
      knobs,
      snapshots: this.#snapshots,
      history: this.history,
      numbers: this.#numbers,
      integrationUser: this.identity.integrationUserId,
      defaultCurrency: DEFAULT_CURRENCY,
      oldestBinned,
    });
    this.clock.onChange(() => {
      this.#transactor.settle();
      this.#transactor.arm();
    });
    new FieldRights(this).follow();
  }

  get identity(): OrgIdentity {
    return this.#identity;
  }

  get knobs(): Knobs {
    return this.#knobs;
  }

  get tokensRevokedAt(): number {
    return this.#tokensRevokedAt;
  }

  get openSnapshots(): number {
    return this.#snapshots.open;
  }

  read(): Snapshot {
    this.#transactor.settle();
    return this.#snapshots.api();
  }

  truth(): Snapshot {
    this.#transactor.settle();
    return this.#snapshots.truth();
  }

  transact(edits: readonly Edit[], options: TransactOptions = {}): TransactResult {
    return this.#transactor.transact(edits, options);
  }

  onCommit(listener: (commit: Commit) => void): () => void {
    return this.#transactor.onCommit(listener);
  }

  getUpdated(object: string, start: number, end: number): string[] {
    return this.#reading((snapshot) => updatedIds(snapshot.table(object), start, end));
  }

  getDeleted(object: string, start: number, end: number): DeletedRecord[] {
    return this.#reading((snapshot) => {
      const view = snapshot.table(object);
      const table = this.#tables.get(view.object);
      if (table === undefined)
        throw new SalesforceError(400, 'INVALID_TYPE', `sObject type '${object}' is not supported.`);
      return deletedRecords(table, view, snapshot.seq, start, end);
    });
  }

  earliestDeletedAvailable(): number {
    return this.clock.now() - BIN_LIFE_MS;
  }

  setKnobs(patch: Partial<Knobs>): void {
    this.#knobs = knobsWith(patch, this.#knobs);
  }

  revokeTokens(): void {
    this.#tokensRevokedAt = this.clock.now();
  }

  migrate({ instanceName, newOrganization = false }: Migration): void {
    this.#transactor.settle();
    this.#numbers.restart();
    const { organizationId: old } = this.#identity;
    const organizationId = newOrganization ? idOf('00D', ordinalInId(old) + 1) : old;
    this.#identity = { ...this.#identity, instanceName, organizationId };
    const table = this.#tables.get('Organization');
    if (table !== undefined) moveOrganization(table, this.#identity, this.history.length);
    this.revokeTokens();
  }

  close(): void {
    this.#transactor.close();
    this.history.close();
  }

  #reading<T>(work: (snapshot: Snapshot) => T): T {
    const snapshot = this.read();
    try {
      return work(snapshot);
    } finally {
      snapshot.release();
    }
  }
}

function identityOf(username: string, singleCurrency: boolean): OrgIdentity {
  return {
    organizationId: idOf('00D', 1),
    instanceName: INSTANCE_NAME,
    integrationUserId: idOf('005', INTEGRATION_USER_ORDINAL),
    username,
    defaultCurrency: DEFAULT_CURRENCY,
    isMultiCurrency: !singleCurrency,
    standardPricebookId: idOf('01s', STANDARD_PRICEBOOK_ORDINAL),
  };
}
