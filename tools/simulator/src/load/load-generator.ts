import type { Edit } from '../org/edit.ts';
import type { Org } from '../org/org.ts';
import { LoadEdits } from './load-edits.ts';
import type { Load, LoadObject } from './load-input.ts';

export interface LoadState {
  readonly running: boolean;
  readonly load: Load | null;
  /** Epoch ms of the host's clock. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly changes: number;
  readonly transactions: number;
  readonly byKind: Readonly<Record<string, number>>;
  readonly failed: number;
  /** Why the first edit that failed did. */
  readonly firstFailure: string | null;
  /** Changes that were due and not made in time: the machine could not keep up. */
  readonly behind: number;
  readonly changesPerSecond: number;
}

const TICK_MS = 10;
/**
 * Longest stretch of work in one go, ms. Requests and events wait for its end three times within a simulated round trip,
 * so a long one makes every client look slow.
 */
const SLICE_MS = 3;

/** Makes changes at a steady rate, paced by a timer of its own. */
export class LoadGenerator {
  readonly #org: Org;
  #load: Load | undefined;
  #edits: LoadEdits | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The next stretch, while there is more to do than one may hold. */
  #soon: NodeJS.Immediate | undefined;
  #startedAt = 0;
  #began = 0;
  #endedAt: number | undefined;
  #changes = 0;
  #transactions = 0;
  #failed = 0;
  #firstFailure: string | undefined;
  #byKind = new Map<string, number>();

  constructor(org: Org) {
    this.#org = org;
  }

  /** Begins a load; one that was running is ended. */
  start(load: Load): void {
    this.stop();
    this.#load = load;
    this.#edits = new LoadEdits(this.#org, load);
    this.#startedAt = Date.now();
    this.#began = performance.now();
    this.#endedAt = undefined;
    this.#changes = this.#transactions = this.#failed = 0;
    this.#firstFailure = undefined;
    this.#byKind = new Map();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    clearImmediate(this.#soon);
    this.#timer = undefined;
    this.#endedAt = Date.now();
  }

  state(): LoadState {
    const seconds = ((this.#endedAt ?? Date.now()) - this.#startedAt) / 1000;
    return {
      running: this.#timer !== undefined,
      load: this.#load ?? null,
      startedAt: this.#load === undefined ? null : this.#startedAt,
      endedAt: this.#endedAt ?? null,
      changes: this.#changes,
      transactions: this.#transactions,
      byKind: Object.fromEntries(this.#byKind),
      failed: this.#failed,
      firstFailure: this.#firstFailure ?? null,
      behind: this.#load === undefined ? 0 : Math.max(0, Math.floor(this.#due() - this.#changes)),
      changesPerSecond: this.#changes === 0 ? 0 : this.#changes / Math.max(0.001, seconds),
    };
  }

  /** One transaction that updates so many records of one object, or all that there are. */
  bigTransaction(object: LoadObject, changes: number): { changes: number } {
    const snapshot = this.#org.truth();
    const ids: string[] = [];
    try {
      const table = snapshot.table(object);
      const id = table.column('Id');
      for (const ordinal of table.ordinals()) if (ids.push(String(id(ordinal))) >= changes) break;
    } finally {
      snapshot.release();
    }
    const value = this.#org.history.length % 1000;
    const fields =
      object === 'PricebookEntry'
        ? { UnitPrice: value + 0.5 }
        : object === 'Product2'
          ? { Contract_Months__c: value }
          : { NumberOfEmployees: value };
    const { commit } = this.#org.transact(ids.map((id) => ({ op: 'update', object, id, fields })));
    return { changes: commit?.changes.length ?? 0 };
  }

  #due(): number {
    const { changesPerSecond = 0, seconds = 0 } = this.#load ?? {};
    const elapsed = this.#endedAt === undefined ? performance.now() - this.#began : seconds * 1000;
    return Math.round(Math.min(elapsed / 1000, seconds) * changesPerSecond);
  }

  #tick(): void {
    const { load, edits } = { load: this.#load, edits: this.#edits };
    if (load === undefined || edits === undefined) return;
    clearImmediate(this.#soon);
    const until = performance.now() + SLICE_MS;
    while (this.#changes < this.#due() && performance.now() < until) this.#transact(load, edits);
    const isOver = performance.now() - this.#began >= load.seconds * 1000;
    if (this.#changes < this.#due()) this.#soon = setImmediate(() => this.#tick());
    else if (isOver) this.stop();
  }

  #transact(load: Load, edits: LoadEdits): void {
    const total = Math.round(load.seconds * load.changesPerSecond);
    const count = Math.min(load.perTransaction, total - this.#changes);
    const batch: Edit[] = [];
    for (let i = 0; i < count; i++) batch.push(edits.next());
    const { results } = this.#org.transact(batch, { client: 'load' });
    this.#transactions++;
    this.#changes += batch.length;
    results.forEach((result, i) => {
      const edit = batch[i];
      if (edit === undefined) return;
      this.#byKind.set(edit.op, (this.#byKind.get(edit.op) ?? 0) + 1);
      if (result.success && result.id !== null) return edits.done(edit, result.id);
      this.#failed++;
      this.#firstFailure ??= result.errors
        .map(({ statusCode, message }) => `${statusCode}: ${message}`)
        .join();
    });
  }
}
