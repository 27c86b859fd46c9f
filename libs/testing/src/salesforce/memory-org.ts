import {
  canonicalLeaf,
  leafTypeOf,
  UmbraError,
  type BulkJobStatus,
  type BulkPage,
  type BulkSoql,
  type BulkSource,
  type Condition,
  type Leaves,
  type LeafValue,
  type ObjectDescribe,
  type OrgFacts,
  type RangeDigest,
  type RecordSource,
  type RequestClass,
  type SelectAnswer,
  type SelectRequest,
} from '@umbra/domain';
import { smallOrg } from './org-schema.ts';

/** Called before each step of a source; throws, or waits, to play a fault. */
export type Step =
  | { readonly call: 'create' | 'describe' | 'select' | 'count'; readonly object: string }
  | { readonly call: 'status' | 'abort' | 'remove'; readonly jobId: string }
  | { readonly call: 'page'; readonly jobId: string; readonly locator: string }
  | { readonly call: 'rows'; readonly jobId: string; readonly locator: string };

interface Job {
  readonly status: BulkJobStatus;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const BATCH = 100;

/**
 * An org in memory behind the ports `BulkSource` and `RecordSource`, for tests of the write path that need many
 * awkward records and exact faults rather than the wire. Rows are kept as Salesforce would write them; what a test
 * changes is seen by jobs and queries that begin afterwards.
 */
export class MemoryOrg implements BulkSource, RecordSource {
  readonly describes: Record<string, ObjectDescribe> = { ...smallOrg };
  readonly rows = new Map<string, Map<string, Leaves>>();
  readonly jobs = new Map<string, Job>();
  /** Steps taken, in order. */
  readonly steps: Step[] = [];
  /** Plays faults: see `Step`. */
  onStep: (step: Step) => void | Promise<void> = () => undefined;
  /** What reads see: the tables themselves, or an older state of them where a test plays a replica that lags. */
  replica: (object: string) => ReadonlyMap<string, Leaves> = (object) => this.tableOf(object);
  now = new Date('2026-03-01T10:00:00.000Z');
  facts: OrgFacts = {
    orgId: '00D000000000001EAA',
    instance: 'SIM1',
    isMultiCurrency: true,
    standardPricebookId: '01s000000000001AAA',
  };
  #calls = 0;

  /** Adds a record or replaces its leaves; `object` from its key prefix. */
  put(...records: readonly Leaves[]): void {
    for (const leaves of records) this.tableOf(this.#objectOf(leaves)).set(String(leaves['Id']), leaves);
  }

  /** Changes leaves of a record and moves its modification time to the org's present. */
  change(id: string, leaves: Leaves): void {
    for (const table of this.rows.values()) {
      const row = table.get(id);
      if (row === undefined) continue;
      const at = this.now.toISOString();
      table.set(id, { ...row, LastModifiedDate: at, SystemModstamp: at, ...leaves });
    }
  }

  tableOf(object: string): Map<string, Leaves> {
    const table = this.rows.get(object) ?? new Map<string, Leaves>();
    this.rows.set(object, table);
    return table;
  }

  async create(soql: BulkSoql, operation: 'query' | 'queryAll'): Promise<BulkJobStatus> {
    await this.#step({ call: 'create', object: soql.object });
    const selected = this.#rowsOf(soql.object, soql.where, operation === 'queryAll');
    const rows = selected.map((row) => soql.fields.map((name) => cellOf(row[name])));
    const status: BulkJobStatus = {
      id: `750${String(this.jobs.size + 1).padStart(12, '0')}AAA`,
      state: 'UploadComplete',
      numberRecordsProcessed: null,
      errorMessage: null,
      createdAt: this.now,
    };
    const complete: BulkJobStatus = {
      ...status,
      state: 'JobComplete',
      numberRecordsProcessed: rows.length,
    };
    this.jobs.set(status.id, { status: complete, columns: soql.fields, rows });
    return status;
  }

  async status(jobId: string): Promise<BulkJobStatus> {
    await this.#step({ call: 'status', jobId });
    return this.#job(jobId).status;
  }

  async page(jobId: string, locator: string, maxRecords: number): Promise<BulkPage> {
    await this.#step({ call: 'page', jobId, locator });
    const job = this.#job(jobId);
    const start = locator === '' ? 0 : Number(locator);
    const end = Math.min(job.rows.length, start + maxRecords);
    const step = (): Promise<void> => this.#step({ call: 'rows', jobId, locator });
    const batches = async function* (): AsyncGenerator<readonly (readonly string[])[]> {
      for (let from = start; from < end; from += BATCH) {
        await step();
        yield job.rows.slice(from, Math.min(end, from + BATCH));
      }
    };
    return {
      promised: end - start,
      next: end < job.rows.length ? String(end) : null,
      columns: job.columns,
      batches: batches(),
    };
  }

  async abort(jobId: string): Promise<void> {
    await this.#step({ call: 'abort', jobId });
  }

  async remove(jobId: string): Promise<void> {
    await this.#step({ call: 'remove', jobId });
    this.jobs.delete(jobId);
  }

  async describe(object: string): Promise<ObjectDescribe> {
    await this.#step({ call: 'describe', object });
    const describe = this.describes[object];
    if (describe === undefined) throw new UmbraError('SF_NOT_FOUND', `no object ${object}`);
    return describe;
  }

  async select(
    request: SelectRequest,
    _requestClass?: RequestClass,
    { maxRows = Infinity }: { maxRows?: number } = {},
  ): Promise<SelectAnswer> {
    await this.#step({ call: 'select', object: request.object });
    const types = new Map(
      this.describes[request.object]?.fields.map(({ name, type }) => [name, leafTypeOf(type)]),
    );
    const [order] = request.orderBy ?? [];
    const sorted = this.#rowsOf(request.object, request.where, request.all === true);
    if (order?.direction === 'desc') sorted.reverse();
    if (sorted.length > maxRows) throw new UmbraError('READ_LIVE_TOO_LARGE', 'too many records');
    const rows = sorted
      .slice(0, request.limit ?? sorted.length)
      .map((row) =>
        Object.fromEntries(
          request.fields
            .map((name): [string, LeafValue] => [name, canonicalLeaf(types.get(name) ?? 'text', row[name])])
            .filter(([, value]) => value !== null),
        ),
      );
    return { rows, at: this.now, calls: 1 };
  }

  async count(object: string, where: readonly Condition[]): Promise<number> {
    await this.#step({ call: 'count', object });
    return this.#rowsOf(object, where, false).length;
  }

  async digest(object: string, where: readonly Condition[]): Promise<RangeDigest> {
    await this.#step({ call: 'count', object });
    const rows = this.#rowsOf(object, where, false);
    const times = rows.map((row) => String(row['LastModifiedDate'] ?? '')).sort();
    return { count: rows.length, newest: times.at(-1) ?? null };
  }

  async identity(): Promise<Pick<OrgFacts, 'orgId' | 'instance'>> {
    await this.#step({ call: 'select', object: 'Organization' });
    const { instance, orgId } = this.facts;
    return { instance, orgId };
  }

  org(): Promise<OrgFacts> {
    return Promise.resolve(this.facts);
  }

  callsMade(): number {
    return this.#calls;
  }

  async #step(step: Step): Promise<void> {
    if (step.call !== 'rows') this.#calls++;
    this.steps.push(step);
    await this.onStep(step);
  }

  #job(jobId: string): Job {
    const job = this.jobs.get(jobId);
    if (job === undefined)
      throw new UmbraError('SF_BULK_JOB_GONE', 'the job is gone', { details: { jobId } });
    return job;
  }

  #objectOf(leaves: Leaves): string {
    const prefix = String(leaves['Id']).slice(0, 3);
    const found = Object.values(this.describes).find(({ keyPrefix }) => keyPrefix === prefix);
    if (found === undefined) throw new RangeError(`no object has the key prefix ${prefix}`);
    return found.name;
  }

  #rowsOf(object: string, where: readonly Condition[], all: boolean): Leaves[] {
    return [...this.replica(object).values()]
      .filter(
        (row) => (all || row['IsDeleted'] !== true) && where.every((condition) => holds(row, condition)),
      )
      .toSorted((a, b) => (String(a['Id']) < String(b['Id']) ? -1 : 1));
  }
}

function cellOf(value: LeafValue | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}

function holds(row: Leaves, condition: Condition): boolean {
  const value = String(row[condition.field] ?? '');
  if (condition.op === 'in')
    return condition.values.some((one) => 'value' in one && String(one.value) === value);
  const bound = 'value' in condition.value ? String(condition.value.value) : '';
  switch (condition.op) {
    case '=':
      return value === bound;
    case '!=':
      return value !== bound;
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
  }
}
