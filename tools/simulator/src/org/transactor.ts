import { changeOf, changeTypeOf, stateOf } from './change-of-row.ts';
import type { Change, Commit } from './commit.ts';
import type { CommitNumbers } from './commit-numbers.ts';
import { Draft, RowLocks } from './draft.ts';
import type { EditContext } from './edit-context.ts';
import type { Edit, EditResult, TransactOptions, TransactResult } from './edit.ts';
import type { HistoryLog } from './history-log.ts';
import { widenId } from './ids.ts';
import type { Knobs } from './knobs.ts';
import type { ObjectTable } from './object-table.ts';
import type { OrgClock } from './org-clock.ts';
import type { OrgSchema } from './org-schema.ts';
import { deleteRecord, hardDeleteRecord, mergeRecords, purgeBin, undeleteRecord } from './remove-record.ts';
import { SalesforceError } from './record.ts';
import { RowRefused } from './row-refused.ts';
import type { Snapshots } from './snapshots.ts';
import { createRecord, updateRecord } from './write-record.ts';

/** Salesforce keeps deleted records for 15 days. */
export const BIN_LIFE_MS = 15 * 24 * 3600 * 1000;

/** Changes whose earlier states are forgotten in one go. */
const FORGOTTEN_AT_ONCE = 2_000;

/** A transaction that has its stamp and its rows, and is not visible yet. */
interface Pending {
  readonly draft: Draft;
  readonly stamp: number;
  /** Elapsed ms. */
  readonly dueAt: number;
  readonly by: Author;
}

interface Author {
  readonly user: string;
  readonly client: string;
  readonly changeOrigin: string;
}

export interface TransactorOptions {
  readonly schema: OrgSchema;
  readonly tables: ReadonlyMap<string, ObjectTable>;
  readonly clock: OrgClock;
  readonly knobs: () => Knobs;
  readonly snapshots: Snapshots;
  readonly history: HistoryLog;
  readonly numbers: CommitNumbers;
  readonly integrationUser: string;
  readonly defaultCurrency: string;
  /** Org time at which the oldest record went into the bin. */
  readonly oldestBinned: number;
}

/**
 * The one writer. A transaction is worked out in a draft against the newest state, edit by edit; its rows are then
 * written in one step under a new commit number, at once or after its commit delay. Rows of a transaction that is not
 * visible yet are locked, so that its draft stays true.
 */
export class Transactor {
  readonly #options: TransactorOptions;
  readonly #locks = new RowLocks();
  readonly #listeners = new Set<(commit: Commit) => void>();
  #pending: Pending[] = [];
  #timer: NodeJS.Timeout | undefined;
  #binGroup = 0;
  #oldestBinned: number;
  /** Rows by the commit that changed them, for forgetting states that nobody can ask for any more. */
  #trail: { seq: number; table: ObjectTable; ordinal: number }[] = [];

  constructor(options: TransactorOptions) {
    this.#options = options;
    this.#oldestBinned = options.oldestBinned;
  }

  onCommit(listener: (commit: Commit) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  transact(edits: readonly Edit[], options: TransactOptions): TransactResult {
    this.settle();
    const { clock, knobs } = this.#options;
    const by = this.#author(options);
    const stamp = Math.floor(clock.now() / 1000) * 1000;
    const draft = new Draft(this.#locks);
    const results = this.#work(edits, draft, stamp, by.user);
    if (options.allOrNone === true && results.some((result) => !result.success)) {
      return { results: results.map(rolledBack), commit: undefined };
    }
    const delay = options.commitDelay ?? knobs().commitDelay;
    if (delay <= 0) return { results, commit: this.#commit(draft, stamp, by) };
    this.#locks.take(draft.heldRows());
    this.#pending.push({ draft, stamp, by, dueAt: clock.elapsed() + delay * 1000 });
    this.arm();
    return { results, commit: undefined };
  }

  /** Makes due transactions visible and lets the bin forget what is too old. Cheap when nothing is due. */
  settle(): void {
    const elapsed = this.#options.clock.elapsed();
    while (this.#pending.length > 0) {
      const next = this.#pending.reduce((first, other) => (other.dueAt < first.dueAt ? other : first));
      if (next.dueAt > elapsed) break;
      this.#pending = this.#pending.filter((other) => other !== next);
      this.#locks.release(next.draft.heldRows());
      this.#commit(next.draft, next.stamp, next.by);
    }
    this.#expireBin();
  }

  /** Wakes up by itself for the next pending transaction; without one, or on a frozen clock, it sleeps. */
  arm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { clock } = this.#options;
    if (this.#pending.length === 0 || clock.frozen) return;
    const dueAt = Math.min(...this.#pending.map((pending) => pending.dueAt));
    this.#timer = setTimeout(
      () => {
        this.settle();
        this.arm();
      },
      Math.min(Math.max(10, dueAt - clock.elapsed()), 60_000),
    );
    this.#timer.unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #author(options: TransactOptions): Author {
    const client = options.client ?? '';
    const family = `com/salesforce/api/${options.api ?? 'rest'}/${options.apiVersion ?? '62.0'}`;
    const user = widenId(options.user ?? this.#options.integrationUser);
    if (user === undefined) {
      throw new SalesforceError(400, 'MALFORMED_ID', `malformed user id ${options.user ?? ''}`);
    }
    return { user, client, changeOrigin: `${family};client=${client}` };
  }

  #work(edits: readonly Edit[], draft: Draft, stamp: number, user: string): EditResult[] {
    const { schema, tables, defaultCurrency } = this.#options;
    const context: EditContext = {
      schema,
      tables,
      stamp,
      user,
      defaultCurrency,
      newBinGroup: () => ++this.#binGroup,
    };
    return edits.map((edit) => {
      const share = new Draft(this.#locks, draft);
      try {
        const id = carryOut(context, share, edit);
        share.joinParent();
        return { id, success: true, errors: [] };
      } catch (error) {
        if (!(error instanceof RowRefused)) throw error;
        return { id: 'id' in edit ? (widenId(edit.id) ?? null) : null, success: false, errors: error.errors };
      }
    });
  }

  #commit(draft: Draft, stamp: number, by: Author): Commit | undefined {
    const { history, knobs, numbers, schema, snapshots, clock } = this.#options;
    const seq = history.length + 1;
    const keepFrom = snapshots.oldestKept();
    const changes: Change[] = [];
    for (const row of draft.rows()) {
      const changeType = changeTypeOf(row.before, row.presence);
      if (changeType === undefined) continue;
      const before = row.table.fullStateAt(row.ordinal, Number.POSITIVE_INFINITY);
      const after = stateOf(row, before);
      changes.push(changeOf(row, changeType, before, after, changes.length + 1));
      row.table.write(row.ordinal, seq, after, row.patch, keepFrom);
      this.#trail.push({ seq, table: row.table, ordinal: row.ordinal });
      if (row.presence === 'bin') this.#oldestBinned = Math.min(this.#oldestBinned, row.deletedAt);
    }
    this.#forget(keepFrom);
    if (changes.length === 0) return undefined;
    const commit: Commit = {
      seq,
      commitNumber: numbers.next(knobs().commitNumberDigits),
      commitTimestamp: stamp,
      visibleAt: clock.now(),
      transactionKey: numbers.transactionKey(),
      ...by,
      schemaRevision: schema.revision,
      changes,
    };
    snapshots.committed();
    history.append(commit);
    for (const listener of this.#listeners) listener(commit);
    return commit;
  }

  #forget(keepFrom: number): void {
    // Removing from the front costs the whole length, so it waits until it pays; and looking costs one entry till then.
    if ((this.#trail[FORGOTTEN_AT_ONCE - 1]?.seq ?? Infinity) > keepFrom) return;
    const kept = this.#trail.findIndex((entry) => entry.seq > keepFrom);
    const count = kept < 0 ? this.#trail.length : kept;
    for (const { table, ordinal } of this.#trail.slice(0, count)) table.forget(ordinal, keepFrom);
    this.#trail = this.#trail.slice(count);
  }

  #expireBin(): void {
    const { clock, schema, tables, defaultCurrency, integrationUser } = this.#options;
    const limit = clock.now() - BIN_LIFE_MS;
    if (this.#oldestBinned > limit) return;
    const stamp = Math.floor(clock.now() / 1000) * 1000;
    const draft = new Draft(this.#locks);
    const context: EditContext = {
      schema,
      tables,
      stamp,
      user: integrationUser,
      defaultCurrency,
      newBinGroup: () => 0,
    };
    purgeBin(context, draft, { op: 'purge' }, limit);
    this.#oldestBinned = oldestInBin(tables, limit);
    this.#commit(draft, stamp, { user: integrationUser, client: '', changeOrigin: '' });
  }
}

function oldestInBin(tables: ReadonlyMap<string, ObjectTable>, after: number): number {
  let oldest = Number.POSITIVE_INFINITY;
  for (const table of tables.values()) {
    if (table.counts.binned === 0) continue;
    for (let ordinal = 1; ordinal <= table.maxOrdinal; ordinal++) {
      const state = table.fullStateAt(ordinal, Number.POSITIVE_INFINITY);
      if (state.presence === 'bin' && state.deletedAt > after) oldest = Math.min(oldest, state.deletedAt);
    }
  }
  return oldest;
}

function carryOut(context: EditContext, draft: Draft, edit: Edit): string | null {
  switch (edit.op) {
    case 'create':
      return createRecord(context, draft, edit.object, edit.fields);
    case 'update':
      return updateRecord(context, draft, edit.object, edit.id, edit.fields);
    case 'delete':
      return deleteRecord(context, draft, edit.id);
    case 'undelete':
      return undeleteRecord(context, draft, edit.id);
    case 'hardDelete':
      return hardDeleteRecord(context, draft, edit.id);
    case 'purge':
      purgeBin(context, draft, edit);
      return null;
    case 'merge':
      return mergeRecords(context, draft, edit);
  }
}

function rolledBack(result: EditResult): EditResult {
  if (!result.success) return result;
  return {
    id: null,
    success: false,
    errors: [
      {
        statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
        message:
          'Record rolled back because not all records were valid and the request was using AllOrNone header',
        fields: [],
      },
    ],
  };
}
