import { UmbraError, type RequestClass } from '@umbra/domain';
import { z } from 'zod';
import { followedPath } from '../http/followed-path.ts';
import type { RestAnswer, RestClient } from './rest-client.ts';

const queryAnswer = z.object({
  totalSize: z.number().int().nonnegative(),
  done: z.boolean(),
  nextRecordsUrl: z.string().optional(),
  records: z.array(z.record(z.string(), z.unknown())),
});
export type QueryAnswer = z.infer<typeof queryAnswer>;
export type SObjectRecord = QueryAnswer['records'][number];

export interface QueryCall {
  readonly requestClass: RequestClass;
  readonly signal?: AbortSignal | undefined;
  /** Deleted rows too: the resource `queryAll`. */
  readonly all?: boolean | undefined;
  /** More records than this: UmbraError READ_LIVE_TOO_LARGE. */
  readonly maxRows?: number;
}

export interface AllPages {
  readonly records: readonly SObjectRecord[];
  /** The records are at least so fresh. */
  readonly at: Date;
  readonly calls: number;
}

/** REST queries: text in, records out, page after page. */
export class Queries {
  readonly #rest: RestClient;

  constructor(rest: RestClient) {
    this.#rest = rest;
  }

  /** The first page. */
  first(soql: string, call: QueryCall): Promise<RestAnswer<QueryAnswer>> {
    const resource = call.all === true ? 'queryAll' : 'query';
    return this.#page(`/${resource}?q=${encodeURIComponent(soql)}`, 'query', call);
  }

  /** All pages, from the start again when the cursor was lost on the way. */
  async all(soql: string, call: QueryCall): Promise<AllPages> {
    try {
      return await this.#allOnce(soql, call);
    } catch (error) {
      if (error instanceof UmbraError && error.code === 'SF_CURSOR_GONE') return this.#allOnce(soql, call);
      throw error;
    }
  }

  async #allOnce(soql: string, call: QueryCall): Promise<AllPages> {
    const { maxRows = Number.POSITIVE_INFINITY } = call;
    const { value: first, at } = await this.first(soql, call);
    // Known before the other pages are paid for.
    if (first.totalSize > maxRows) throw tooLarge(maxRows);
    const records = [...first.records];
    let calls = 1;
    for (let page = first; !page.done; calls++) {
      const next = followedPath(page.nextRecordsUrl ?? '', this.#rest.apiVersion);
      page = (await this.#page(next, 'query-more', call)).value;
      if (page.records.length === 0 && !page.done) throw invalid('an empty page that is not the last');
      for (const record of page.records) records.push(record);
      if (records.length > first.totalSize) throw invalid('more records than promised');
    }
    if (records.length !== first.totalSize) throw invalid('fewer records than promised');
    return { records, at, calls };
  }

  async #page(
    path: string,
    route: 'query' | 'query-more',
    call: QueryCall,
  ): Promise<RestAnswer<QueryAnswer>> {
    const { requestClass, signal } = call;
    const answer = await this.#rest.get({ route, requestClass, signal, path }, queryAnswer, 'query answer');
    if (answer === undefined) throw invalid('no content');
    return answer;
  }
}

function tooLarge(maxRows: number): UmbraError {
  return new UmbraError(
    'READ_LIVE_TOO_LARGE',
    `Salesforce has more than ${maxRows} records for this answer`,
    {
      details: { maxRows },
    },
  );
}

/** @param problem what the answer has that it should not have */
export function invalid(problem: string): UmbraError {
  return new UmbraError('SF_RESPONSE_INVALID', `The query answer of Salesforce has ${problem}`);
}
