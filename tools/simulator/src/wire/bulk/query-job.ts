import type { Org } from '../../org/org.ts';
import type { Snapshot } from '../../org/table-view.ts';
import { findRows } from '../soql/find-rows.ts';
import { isLongText } from '../soql/filterable.ts';
import type { BulkQueryRequest } from './create-request.ts';
import { rowSequence } from './row-sequence.ts';
import { seededChance } from './seeded-chance.ts';

export type JobState = 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';

/** What the work on a job has come to. */
type Outcome =
  | { readonly kind: 'rows'; readonly rows: Uint32Array }
  | { readonly kind: 'failure'; readonly message: string };

const restDatetime = (at: number): string => new Date(at).toISOString().replace('Z', '+0000');

/**
 * One Bulk 2.0 query job.
 *
 * States: UploadComplete -> InProgress -> JobComplete | Failed, and Aborted from the first two. The rows are those of
 * the moment of creation: the job holds its snapshot until it is deleted or forgotten. The search for them begins at
 * once, but the clock decides when it shows: not before the knob `slowState` has passed by the org's time.
 */
export class QueryJob {
  readonly id: string;
  readonly apiVersion: string;
  readonly request: BulkQueryRequest;
  readonly snapshot: Snapshot;
  /** The knob `locatorTwice` has played its trick on this job. */
  hasRepeatedLocator = false;
  /** What the knobs had in store for it when it was created. */
  readonly isDoomed: boolean;
  readonly willVanish: boolean;
  private readonly org: Org;
  private readonly userId: string;
  private readonly number: number;
  private readonly createdAt: number;
  private readonly bornAt: number;
  private outcome: Outcome | undefined;
  private finishedAt: number | undefined;
  private abortedAt: number | undefined;
  private hasStarted = false;

  constructor(
    org: Org,
    options: { id: string; number: number; apiVersion: string; userId: string; request: BulkQueryRequest },
  ) {
    this.org = org;
    this.id = options.id;
    this.number = options.number;
    this.apiVersion = options.apiVersion;
    this.userId = options.userId;
    this.request = options.request;
    this.createdAt = org.clock.now();
    this.bornAt = org.clock.elapsed();
    this.snapshot = org.read();
    this.isDoomed = seededChance(org.seed, this.number, 1) < org.knobs.jobFails;
    this.willVanish = seededChance(org.seed, this.number, 2) < org.knobs.jobVanishes;
  }

  /** Finds the job's rows. Never rejects: a statement that breaks fails the job. */
  async run(): Promise<void> {
    this.hasStarted = true;
    try {
      const rows = await this.findRows();
      this.org.limits.addBulkBytes(this.storedBytes(rows));
      this.outcome = this.isDoomed
        ? { kind: 'failure', message: this.org.knobs.jobFailsMessage }
        : { kind: 'rows', rows };
    } catch (error) {
      this.outcome = { kind: 'failure', message: error instanceof Error ? error.message : String(error) };
    }
    this.finishedAt = this.org.clock.elapsed();
  }

  private async findRows(): Promise<Uint32Array> {
    const { statement, operation } = this.request;
    const { query } = statement;
    const all = operation === 'queryAll';
    const matching = await findRows(statement, { schema: this.org.schema, snapshot: this.snapshot, all });
    this.refuseLongFields(matching);
    return rowSequence(matching, { isOrdered: query.orderBy.length > 0, seed: this.org.seed ^ this.number });
  }

  /** Sources disagree on the largest field that Bulk carries; nobody says that a longer one is cut. */
  private refuseLongFields(matching: readonly number[]): void {
    const { statement } = this.request;
    const { bulkFieldSize } = this.org.knobs;
    const table = this.snapshot.table(statement.object.name);
    const columns = statement.shape.kind === 'rows' ? statement.shape.columns : [];
    for (const { field, path } of columns) {
      if (!isLongText(field) || (field.length ?? 0) <= bulkFieldSize) continue;
      const read = table.column(path);
      if (matching.some((ordinal) => String(read(ordinal) ?? '').length > bulkFieldSize))
        throw new Error(`InvalidBatch : Field ${path} is longer than ${bulkFieldSize} characters`);
    }
  }

  /** Size of the result, reckoned from its first rows: rendering all of it just to measure would double the work. */
  private storedBytes(rows: Uint32Array): number {
    const { shape, object } = this.request.statement;
    if (rows.length === 0 || shape.kind !== 'rows') return 0;
    const sample = rows.subarray(0, 100);
    const columns = shape.columns.map(({ path }) => path);
    let bytes = 0;
    for (const chunk of this.snapshot.table(object.name).csv({ columns, ordinals: sample, all: true }))
      bytes += Buffer.byteLength(chunk.text);
    return Math.round((bytes / sample.length) * rows.length);
  }

  get state(): JobState {
    if (this.abortedAt !== undefined) return 'Aborted';
    if (!this.hasStarted) return 'UploadComplete';
    const isHeldBack = this.org.clock.elapsed() - this.bornAt < this.org.knobs.slowState * 1000;
    if (this.outcome === undefined || isHeldBack) return 'InProgress';
    return this.outcome.kind === 'rows' ? 'JobComplete' : 'Failed';
  }

  get isTerminal(): boolean {
    return this.state === 'JobComplete' || this.state === 'Failed' || this.state === 'Aborted';
  }

  /** Ordinals of the result, once complete. */
  get rows(): Uint32Array | undefined {
    return this.state === 'JobComplete' && this.outcome?.kind === 'rows' ? this.outcome.rows : undefined;
  }

  /** Org clock (elapsed) of the end, undefined while it runs. */
  get endedAt(): number | undefined {
    return this.isTerminal ? (this.abortedAt ?? this.finishedAt) : undefined;
  }

  abort(): void {
    this.abortedAt = this.org.clock.elapsed();
  }

  /** Job info as the API shows it; a fresh job has no counters yet. */
  info(withCounters: boolean): Record<string, unknown> {
    const { operation, statement, format } = this.request;
    const { query } = statement;
    const state = this.state;
    const changedAt = this.createdAt + Math.max(0, (this.endedAt ?? this.bornAt) - this.bornAt);
    return {
      id: this.id,
      operation,
      object: statement.object.name,
      createdById: this.userId,
      createdDate: restDatetime(this.createdAt),
      systemModstamp: restDatetime(changedAt),
      state,
      concurrencyMode: 'Parallel',
      contentType: 'CSV',
      apiVersion: Number(this.apiVersion),
      ...(withCounters ? { jobType: 'V2Query' } : {}),
      lineEnding: format.lineEnding,
      columnDelimiter: format.columnDelimiter,
      ...(withCounters ? this.counters(state) : {}),
      ...(withCounters
        ? { isPkChunkingSupported: query.orderBy.length === 0 && query.limit === undefined }
        : {}),
    };
  }

  private counters(state: JobState): Record<string, unknown> {
    const rows = this.rows?.length;
    return {
      numberRecordsProcessed: rows === undefined ? 0 : Math.max(0, rows + this.org.knobs.wrongCount),
      retries: 0,
      totalProcessingTime: Math.round((this.endedAt ?? this.org.clock.elapsed()) - this.bornAt),
      ...(state === 'Failed' && this.outcome?.kind === 'failure' && this.outcome.message !== ''
        ? { errorMessage: this.outcome.message }
        : {}),
    };
  }
}
