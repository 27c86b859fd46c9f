import { widenId } from './ids.ts';
import type { Knobs } from './knobs.ts';
import type { ObjectTable } from './object-table.ts';
import type { OrgClock } from './org-clock.ts';
import type { OrgSchema } from './org-schema.ts';
import { SalesforceError, type SfRecord } from './record.ts';
import { TableReader, type Viewpoint } from './table-reader.ts';
import type { Snapshot, TableView } from './table-view.ts';

/** Which commit was visible when, and which old states somebody may still ask for. */
export class Snapshots {
  readonly #schema: OrgSchema;
  readonly #tables: ReadonlyMap<string, ObjectTable>;
  readonly #clock: OrgClock;
  readonly #knobs: () => Knobs;
  /** Elapsed ms at which commit `i + 1` became visible; ascending. */
  readonly #visibleAt: number[] = [];
  /** Open snapshots by commit. */
  readonly #pins = new Map<number, number>();

  constructor(
    schema: OrgSchema,
    tables: ReadonlyMap<string, ObjectTable>,
    clock: OrgClock,
    knobs: () => Knobs,
  ) {
    this.#schema = schema;
    this.#tables = tables;
    this.#clock = clock;
    this.#knobs = knobs;
  }

  /** Snapshots not yet released. */
  get open(): number {
    return this.#pins.values().reduce((sum, count) => sum + count, 0);
  }

  committed(): void {
    this.#visibleAt.push(this.#clock.elapsed());
  }

  /** The API's view: as of the read lag ago. */
  api(): Snapshot {
    return this.#open(this.#seqAt(this.#clock.elapsed() - this.#knobs().readLag * 1000), false);
  }

  truth(): Snapshot {
    return this.#open(this.#visibleAt.length, true);
  }

  /** The oldest commit whose state must stay readable. */
  oldestKept(): number {
    // So that a read lag can be turned up at any time.
    const { statesKept, readLag } = this.#knobs();
    let oldest = this.#seqAt(this.#clock.elapsed() - Math.max(statesKept, readLag) * 1000);
    for (const seq of this.#pins.keys()) oldest = Math.min(oldest, seq);
    return oldest;
  }

  #seqAt(elapsed: number): number {
    let low = 0;
    let high = this.#visibleAt.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#visibleAt[middle] ?? 0) <= elapsed) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #open(seq: number, all: boolean): Snapshot {
    this.#pins.set(seq, (this.#pins.get(seq) ?? 0) + 1);
    const knobs = this.#knobs();
    const readers = new Map<string, TableReader>();
    const view: Viewpoint = {
      seq,
      all,
      nulInText: knobs.nulInText,
      hiddenShare: (object) =>
        typeof knobs.hideRows === 'number' ? knobs.hideRows : (knobs.hideRows[object] ?? 0),
      table: (object) => {
        const table = this.#tables.get(object);
        if (table === undefined) return undefined;
        const reader = readers.get(object) ?? new TableReader(table, view);
        readers.set(object, reader);
        return reader;
      },
    };
    let open = true;
    return {
      seq,
      at: this.#clock.now(),
      table: (object) => tableIn(view, this.#schema, object),
      get: (object, id, options = {}) => getRecord(view, this.#schema, object, id, options),
      release: () => {
        if (!open) return;
        open = false;
        const left = (this.#pins.get(seq) ?? 1) - 1;
        if (left === 0) this.#pins.delete(seq);
        else this.#pins.set(seq, left);
      },
    };
  }
}

function tableIn(view: Viewpoint, schema: OrgSchema, object: string): TableView {
  const reader = view.table(schema.object(object)?.name ?? '');
  if (reader !== undefined) return reader;
  throw new SalesforceError(400, 'INVALID_TYPE', `sObject type '${object}' is not supported.`);
}

function getRecord(
  view: Viewpoint,
  schema: OrgSchema,
  object: string,
  id: string,
  options: { all?: boolean; fields?: readonly string[] },
): SfRecord | undefined {
  const wide = widenId(id);
  const table = view.table(schema.object(object)?.name ?? '');
  if (wide === undefined || table === undefined) return undefined;
  const ordinal = table.ordinalOf(wide);
  if (ordinal === undefined || !table.has(ordinal, options.all)) return undefined;
  return table.record(ordinal, options.fields);
}
