import {
  canonicalInstant,
  UmbraError,
  type Clock,
  type Condition,
  type Leaves,
  type LiveReads,
  type ObjectDescribe,
  type OrgFacts,
  type RangeDigest,
  type RecordSource,
  type RequestClass,
  type SelectAnswer,
  type SelectRequest,
} from '@umbra/domain';
import { z } from 'zod';
import type { DescribedObject, Describes } from './describe.ts';
import { resolveFields, type FieldPaths } from './field-paths.ts';
import { leafReader } from './leaf-reader.ts';
import { readOrgFacts, readOrgIdentity } from './org-facts.ts';
import { invalid, type Queries } from './queries.ts';
import { countText, digestText, selectText } from './soql.ts';
import { splitSelect } from './split-select.ts';
import { fieldGroups, selectInGroups } from './wide-select.ts';

const digestRow = z.object({ records: z.int().nonnegative(), newest: z.string().nullable() });

interface SelectOptions {
  readonly maxRows?: number;
  readonly signal?: AbortSignal;
}

export interface RecordReadsOptions {
  readonly queries: Queries;
  readonly describes: Describes;
  readonly clock: Clock;
  readonly callsMade: () => number;
}

/** REST queries with canonical values: the write path's `RecordSource`, and the read path's only door, `LiveReads`. */
export class RecordReads implements RecordSource, LiveReads {
  readonly #options: RecordReadsOptions;

  constructor(options: RecordReadsOptions) {
    this.#options = options;
  }

  describe(object: string): Promise<ObjectDescribe> {
    return this.#options.describes.current(object);
  }

  async select(
    request: SelectRequest,
    requestClass: RequestClass,
    options: SelectOptions = {},
  ): Promise<SelectAnswer> {
    if ((request.optional ?? []).length === 0) return this.#selectAll(request, requestClass, options);
    try {
      return await this.#selectAll(await this.#withReadable(request), requestClass, options);
    } catch (error) {
      // Hidden since the last describe: the names are asked for again, and the rest is read without them.
      if (!isQueryRejected(error)) throw error;
      this.#options.describes.forget(request.object);
      return this.#selectAll(await this.#withReadable(request), requestClass, options);
    }
  }

  /** The request with those of its optional fields that describe lists. */
  async #withReadable({ optional = [], ...request }: SelectRequest): Promise<SelectRequest> {
    const { fields } = await this.#options.describes.recent(request.object);
    const listed = new Set(fields.map(({ name }) => name));
    return { ...request, fields: [...request.fields, ...optional.filter((name) => listed.has(name))] };
  }

  async #selectAll(
    request: SelectRequest,
    requestClass: RequestClass,
    options: SelectOptions,
  ): Promise<SelectAnswer> {
    const groups = fieldGroups(request.fields);
    if (groups.length === 1) return this.#select(request, requestClass, options);
    return selectInGroups(request, groups, (part) => this.#select(part, requestClass, options));
  }

  async count(object: string, where: readonly Condition[], requestClass: RequestClass): Promise<number> {
    const { described, names } = await this.#names(
      object,
      where.map(({ field }) => field),
    );
    const answer = await this.#options.queries.first(countText(where, described, names), { requestClass });
    return answer.value.totalSize;
  }

  async digest(
    object: string,
    where: readonly Condition[],
    requestClass: RequestClass,
  ): Promise<RangeDigest> {
    const { described, names } = await this.#names(object, [
      'LastModifiedDate',
      ...where.map(({ field }) => field),
    ]);
    const answer = await this.#options.queries.first(digestText(where, described, names), { requestClass });
    const parsed = digestRow.safeParse(answer.value.records[0]);
    if (!parsed.success) throw invalid('no aggregate');
    const { newest, records } = parsed.data;
    return { count: records, newest: newest === null ? null : canonicalInstant(newest) };
  }

  org(): Promise<OrgFacts> {
    return readOrgFacts(this.#options.queries, this.#options.describes);
  }

  identity(): Promise<Pick<OrgFacts, 'orgId' | 'instance'>> {
    return readOrgIdentity(this.#options.queries);
  }

  callsMade(): number {
    return this.#options.callsMade();
  }

  async #select(
    request: SelectRequest,
    requestClass: RequestClass,
    options: SelectOptions,
  ): Promise<SelectAnswer> {
    const { queries, describes, clock } = this.#options;
    const { signal, maxRows = Number.POSITIVE_INFINITY } = options;
    const { described, names } = await this.#names(request.object, namesOf(request));
    const texts = splitSelect(request, (part) => selectText(part, described, names));
    const toLeaves = leafReader(request.fields, names);
    const rows: Leaves[] = [];
    const call = { requestClass, signal, all: request.all };
    let at = clock.now();
    let calls = 0;
    for (const soql of texts) {
      try {
        const pages = await queries.all(soql, { ...call, maxRows: maxRows - rows.length });
        for (const record of pages.records) rows.push(toLeaves(record));
        calls += pages.calls;
        if (calls === pages.calls || pages.at < at) at = pages.at;
      } catch (error) {
        // A name that describe vouched for is gone: it is asked again next time.
        if (isQueryRejected(error)) describes.forget(request.object);
        throw error;
      }
    }
    return { rows, at, calls };
  }

  /** Names as describe knows them; one that is unknown may be new, so describe is asked once more. */
  async #names(
    object: string,
    asked: readonly string[],
  ): Promise<{ described: DescribedObject; names: FieldPaths }> {
    const { describes } = this.#options;
    const recent = await describes.recent(object);
    try {
      return { described: recent, names: await resolveFields(recent, asked, describes) };
    } catch (error) {
      const current = await describes.current(object);
      if (current === recent) throw error;
      return { described: current, names: await resolveFields(current, asked, describes) };
    }
  }
}

function isQueryRejected(error: unknown): boolean {
  return error instanceof UmbraError && error.code === 'SF_QUERY_REJECTED';
}

function namesOf(request: SelectRequest): string[] {
  return [
    ...request.fields,
    ...request.where.map(({ field }) => field),
    ...(request.orderBy ?? []).map(({ field }) => field),
  ];
}
