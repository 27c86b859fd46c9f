import type { ObjectDescribe } from '../sobject/describe.ts';
import type { Leaves } from '../sobject/leaf.ts';
import type { RangeDigest } from './shadow-comparison.ts';

/** Who the call is for; the order is the order of mercy when the budget runs out. */
export type RequestClass = 'quote' | 'eligibility' | 'gap' | 'catalogue' | 'delta' | 'backfill';

export interface BulkJobStatus {
  readonly id: string;
  readonly state: 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';
  /** Rows promised; final only at `JobComplete`. */
  readonly numberRecordsProcessed: number | null;
  readonly errorMessage: string | null;
  /** `createdDate` of the job: the source's own clock, whole seconds. */
  readonly createdAt: Date;
}

/** One result set of a Bulk query job. */
export interface BulkPage {
  /** Rows that the header `Sforce-NumberOfRecords` promises. */
  readonly promised: number;
  /** Locator of the next set; null at the end. */
  readonly next: string | null;
  readonly columns: readonly string[];
  /**
   * Rows as cell text in column order, in batches, decompressed and parsed as they stream in.
   * @throws UmbraError SF_BULK_ROW_COUNT when the body ends with another number of rows than promised
   */
  readonly batches: AsyncIterable<readonly (readonly string[])[]>;
}

/** Bulk API 2.0 queries, step by step, so that the caller can store each step before the next. */
export interface BulkSource {
  create(soql: BulkSoql, operation: 'query' | 'queryAll'): Promise<BulkJobStatus>;
  status(jobId: string): Promise<BulkJobStatus>;
  /** @param locator `''` for the first page @throws UmbraError SF_BULK_JOB_GONE when the job no longer exists */
  page(jobId: string, locator: string, maxRecords: number): Promise<BulkPage>;
  abort(jobId: string): Promise<void>;
  remove(jobId: string): Promise<void>;
}

/** A Bulk query as data; the one SOQL builder makes text of it and checks every name against describe. */
export interface BulkSoql {
  readonly object: string;
  readonly fields: readonly string[];
  readonly where: readonly Condition[];
}

/** A condition of a WHERE clause; several are joined by AND. Values are bound by type, never pasted. */
export type Condition =
  | {
      readonly field: string;
      readonly op: '=' | '!=' | '<' | '<=' | '>' | '>=';
      readonly value: ConditionValue;
    }
  | { readonly field: string; readonly op: 'in'; readonly values: readonly ConditionValue[] };

export type ConditionValue =
  | { readonly type: 'text' | 'id' | 'datetime' | 'decimal'; readonly value: string }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'null' };

export interface SelectRequest {
  readonly object: string;
  readonly fields: readonly string[];
  /** Fields that are read where the org has them and shows them; elsewhere they are absent from the rows. */
  readonly optional?: readonly string[];
  readonly where: readonly Condition[];
  readonly orderBy?: readonly { readonly field: string; readonly direction: 'asc' | 'desc' }[];
  readonly limit?: number;
  /** Include deleted rows (`queryAll`). */
  readonly all?: boolean;
}

export interface SelectAnswer {
  /** Canonical leaves; a field without a value has no key. Parent paths keep their dotted name. */
  readonly rows: readonly Leaves[];
  /** The answer's `Date` header: the instant the rows are true for. */
  readonly at: Date;
  readonly calls: number;
}

export interface OrgFacts {
  readonly orgId: string;
  readonly instance: string;
  readonly isMultiCurrency: boolean;
  readonly standardPricebookId: string | null;
}

/** REST reads for the write path, through the request queue. */
export interface RecordSource {
  /** Describe with the server's freshness check: a repeated call may cost one cheap conditional request. */
  describe(object: string): Promise<ObjectDescribe>;
  /** @param maxRows more rows than this: UmbraError READ_LIVE_TOO_LARGE */
  select(
    request: SelectRequest,
    requestClass: RequestClass,
    options?: { maxRows?: number; signal?: AbortSignal },
  ): Promise<SelectAnswer>;
  count(object: string, where: readonly Condition[], requestClass: RequestClass): Promise<number>;
  /** Number and newest `LastModifiedDate` of the living records, by one aggregate query. */
  digest(object: string, where: readonly Condition[], requestClass: RequestClass): Promise<RangeDigest>;
  org(): Promise<OrgFacts>;
  /** Which org this is, and on which instance; one call. */
  identity(): Promise<Pick<OrgFacts, 'orgId' | 'instance'>>;
  /** Calls made by this process so far, for reports of what a command spent. */
  callsMade(): number;
}

/** The only way from the read path to Salesforce. */
export interface LiveReads {
  /** @param maxRows more rows than this: UmbraError READ_LIVE_TOO_LARGE */
  select(
    request: SelectRequest,
    requestClass: RequestClass,
    options?: { maxRows?: number; signal?: AbortSignal },
  ): Promise<SelectAnswer>;
}
