import {
  UmbraError,
  type BulkJobStatus,
  type BulkPage,
  type BulkSoql,
  type BulkSource,
  type RequestClass,
} from '@umbra/domain';
import { z } from 'zod';
import { safeJobId, safeLocator } from '../http/followed-path.ts';
import { parseJson } from '../http/parse-json.ts';
import { jsonLimits, readText } from '../http/read-body.ts';
import type { Attempt, CallRequest } from '../request-queue/attempt.ts';
import type { SalesforceCall } from '../request-queue/call-sender.ts';
import type { SalesforceRequestQueueService } from '../request-queue/salesforce-request-queue.service.ts';
import type { Describes } from '../rest/describe.ts';
import { resolveFields } from '../rest/field-paths.ts';
import { selectText } from '../rest/soql.ts';
import { readResultSet, type ResultSet } from './result-set.ts';

/** Source: Bulk API 2.0 guide, "Get Information About a Query Job". The counters come with later states only. */
const jobAnswer = z.object({
  id: z.string(),
  state: z.enum(['UploadComplete', 'InProgress', 'JobComplete', 'Failed', 'Aborted']),
  numberRecordsProcessed: z.number().int().nonnegative().nullish(),
  errorMessage: z.string().nullish(),
  createdDate: z.string(),
});

export interface BulkQueryDriverOptions {
  readonly queue: SalesforceRequestQueueService;
  readonly describes: Describes;
  readonly apiVersion: string;
}

/**
 * Bulk API 2.0 queries, one step per call, so that the caller can store each step before the next: a job id before the
 * first look at the job, a locator when its page has landed. A job survives every process that works on it.
 *
 * Not done here: polling, and reading a page again after its body broke. Both belong to whoever keeps the progress.
 */
export class BulkQueryDriver implements BulkSource {
  readonly #options: BulkQueryDriverOptions;
  readonly #jobs: string;
  /** By job id, from the first set that had a header row. */
  readonly #columns = new Map<string, readonly string[]>();

  constructor(options: BulkQueryDriverOptions) {
    this.#options = options;
    this.#jobs = `/services/data/v${options.apiVersion}/jobs/query`;
  }

  /** Never repeated once it may have reached Salesforce: a second job would cost its allocation for nothing. */
  async create(soql: BulkSoql, operation: 'query' | 'queryAll'): Promise<BulkJobStatus> {
    const { describes } = this.#options;
    // As of now: a field that has gone since would fail the job after minutes instead of here.
    const described = await describes.current(soql.object);
    const asked = [...soql.fields, ...soql.where.map(({ field }) => field)];
    const query = selectText(soql, described, await resolveFields(described, asked, describes));
    const body = JSON.stringify({
      operation,
      query,
      contentType: 'CSV',
      columnDelimiter: 'COMMA',
      lineEnding: 'LF',
    });
    return this.#job('bulk-create', false, { method: 'POST', path: this.#jobs, body });
  }

  async status(jobId: string): Promise<BulkJobStatus> {
    return this.#job('bulk-status', true, { method: 'GET', path: `${this.#jobs}/${safeJobId(jobId)}` });
  }

  async page(jobId: string, locator: string, maxRecords: number): Promise<BulkPage> {
    const { columns, promised, next, batches, discard } = await this.#resultSet(
      'backfill',
      jobId,
      locator,
      maxRecords,
    );
    if (columns !== undefined) this.#columns.set(jobId, columns);
    try {
      return {
        promised,
        next,
        batches,
        columns: promised === 0 ? (columns ?? []) : await this.#columnsOf(jobId),
      };
    } catch (error) {
      discard();
      throw error;
    }
  }

  /** Columns of a job whose later sets come without a header row: those of its first set. */
  async #columnsOf(jobId: string): Promise<readonly string[]> {
    const known = this.#columns.get(jobId);
    if (known !== undefined) return known;
    // In the other lane: the set that asks keeps its own place until it has been read.
    const { columns, discard } = await this.#resultSet('catalogue', jobId, '', 1);
    discard();
    if (columns !== undefined) {
      this.#columns.set(jobId, columns);
      return columns;
    }
    throw new UmbraError('SF_RESPONSE_INVALID', 'A Bulk result of Salesforce has no header row');
  }

  async #resultSet(
    requestClass: RequestClass,
    jobId: string,
    locator: string,
    maxRecords: number,
  ): Promise<ResultSet> {
    const from = locator === '' ? '' : `&locator=${safeLocator(locator)}`;
    const path = `${this.#jobs}/${safeJobId(jobId)}/results?maxRecords=${Math.trunc(maxRecords)}${from}`;
    return this.#run('bulk-results', true, requestClass, async (attempt) => {
      const answer = await attempt.request({ method: 'GET', path, headers: { accept: 'text/csv' } });
      const set = await readResultSet(answer);
      attempt.holdUntil(set.done);
      return set;
    });
  }

  /** A job that has ended already, or is gone, needs no abort. */
  async abort(jobId: string): Promise<void> {
    const path = `${this.#jobs}/${safeJobId(jobId)}`;
    try {
      await this.#job('bulk-abort', true, {
        method: 'PATCH',
        path,
        body: JSON.stringify({ state: 'Aborted' }),
      });
    } catch (error) {
      if (!isRefusal(error, 'SF_REQUEST_REJECTED', 'SF_BULK_JOB_GONE', 'SF_QUERY_REJECTED')) throw error;
    }
  }

  /** Frees the job's results before their 7 days are over. A job that is gone needs no removal. */
  async remove(jobId: string): Promise<void> {
    const path = `${this.#jobs}/${safeJobId(jobId)}`;
    this.#columns.delete(jobId);
    try {
      await this.#run('bulk-delete', true, 'backfill', async (attempt) => {
        await readText(await attempt.request({ method: 'DELETE', path }), jsonLimits);
      });
    } catch (error) {
      if (!isRefusal(error, 'SF_BULK_JOB_GONE')) throw error;
    }
  }

  #job(route: BulkRoute, idempotent: boolean, request: CallRequest): Promise<BulkJobStatus> {
    return this.#run(route, idempotent, 'backfill', async (attempt) => {
      const headers = {
        accept: 'application/json',
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      };
      const text = await readText(await attempt.request({ ...request, headers }), jsonLimits);
      return jobStatus(parseJson(text, jobAnswer, 'Bulk job answer'));
    });
  }

  async #run<T>(
    route: BulkRoute,
    idempotent: boolean,
    requestClass: RequestClass,
    send: (attempt: Attempt) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.#options.queue.run({ route, requestClass, idempotent, send });
    } catch (error) {
      throw jobGone(error, route);
    }
  }
}

type BulkRoute = Extract<SalesforceCall<unknown>['route'], `bulk-${string}`>;

function jobStatus(answer: z.infer<typeof jobAnswer>): BulkJobStatus {
  const createdAt = Date.parse(answer.createdDate.replace(/([+-]\d{2})(\d{2})$/, '$1:$2'));
  if (Number.isNaN(createdAt))
    throw new UmbraError('SF_RESPONSE_INVALID', 'The Bulk job answer of Salesforce has no creation time');
  return {
    id: safeJobId(answer.id),
    state: answer.state,
    numberRecordsProcessed: answer.numberRecordsProcessed ?? null,
    errorMessage: failureName(answer.errorMessage),
    createdAt: new Date(createdAt),
  };
}

/** Only the leading name of a failure (`QUERY_TIMEOUT`): what follows it may quote field values. */
function failureName(text: string | null | undefined): string | null {
  if (text === null || text === undefined || text === '') return null;
  return /^[A-Za-z_]{3,60}(?=\s*:|$)/.exec(text)?.[0] ?? 'unnamed failure';
}

/** 404 for a job, and 409 for results of another API version than ours, both end its use. */
function jobGone(error: unknown, route: BulkRoute): unknown {
  const gone =
    route !== 'bulk-create' &&
    error instanceof UmbraError &&
    (error.code === 'SF_NOT_FOUND' || error.details.status === 409);
  return gone
    ? new UmbraError('SF_BULK_JOB_GONE', 'The Bulk job is gone', { details: error.details, cause: error })
    : error;
}

function isRefusal(error: unknown, ...codes: UmbraError['code'][]): error is UmbraError {
  return error instanceof UmbraError && codes.includes(error.code);
}
