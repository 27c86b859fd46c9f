import { UmbraError, type Clock, type ObjectDescribe } from '@umbra/domain';
import { z } from 'zod';
import type { RestClient } from './rest-client.ts';

/** What is read of `sobjects/{X}/describe`; everything else, picklist values above all, is dropped at once. */
const describeAnswer = z.object({
  name: z.string(),
  keyPrefix: z
    .string()
    .nullish()
    .transform((prefix) => prefix ?? null),
  queryable: z.boolean(),
  fields: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      soapType: z.string().default(''),
      calculated: z.boolean().default(false),
      compoundFieldName: z
        .string()
        .nullish()
        .transform((name) => name ?? null),
      nillable: z.boolean().default(true),
      length: z.number().default(0),
      precision: z.number().default(0),
      scale: z.number().default(0),
      custom: z.boolean().default(false),
      permissionable: z.boolean().default(false),
      relationshipName: z
        .string()
        .nullish()
        .transform((name) => name ?? null),
      referenceTo: z.array(z.string()).default([]),
    }),
  ),
});

/** With the relationships, which parent paths of a query follow, and whether a field can be hidden at all. */
export type DescribedObject = z.infer<typeof describeAnswer> & ObjectDescribe;

/** Names go into paths; also the longest that Salesforce has, with a namespace and `__ChangeEvent`. */
const objectName = /^[A-Za-z][A-Za-z0-9_]{0,99}$/;

/** How old a describe may be that names of a query are checked against. */
const recentMs = 10 * 60_000;

interface Known {
  readonly described: DescribedObject;
  readonly lastModified: string | undefined;
  readonly checkedAt: number;
}

/** Describe results, kept per object and checked for changes by `If-Modified-Since`: a repeated call costs a 304. */
export class Describes {
  readonly #rest: RestClient;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();
  readonly #flights = new Map<string, Promise<DescribedObject>>();

  constructor(rest: RestClient, clock: Clock) {
    this.#rest = rest;
    this.#clock = clock;
  }

  /** As of now. @throws UmbraError SF_NOT_FOUND for an object that the org lacks or hides */
  async current(object: string): Promise<DescribedObject> {
    const flight = this.#flights.get(object) ?? this.#ask(object).finally(() => this.#flights.delete(object));
    this.#flights.set(object, flight);
    return flight;
  }

  /** At most ten minutes old: enough to check names, and mostly free. */
  async recent(object: string): Promise<DescribedObject> {
    const known = this.#known.get(object);
    const young = known !== undefined && this.#clock.monotonic() - known.checkedAt < recentMs;
    return young ? known.described : this.current(object);
  }

  /** A query was refused although its names were known: they are asked for again next time. */
  forget(object: string): void {
    this.#known.delete(object);
  }

  async #ask(object: string): Promise<DescribedObject> {
    if (!objectName.test(object))
      throw new UmbraError('SF_QUERY_REJECTED', 'A name is no object name of Salesforce', {
        details: { problem: 'object name' },
      });
    const known = this.#known.get(object);
    const answer = await this.#rest.get(
      {
        route: 'describe',
        requestClass: 'catalogue',
        path: `/sobjects/${object}/describe`,
        headers: known?.lastModified === undefined ? {} : { 'if-modified-since': known.lastModified },
      },
      describeAnswer,
      'describe answer',
    );
    const checkedAt = this.#clock.monotonic();
    if (answer === undefined) {
      if (known === undefined)
        throw new UmbraError(
          'SF_RESPONSE_INVALID',
          'Salesforce calls a describe unchanged that was never read',
        );
      this.#known.set(object, { ...known, checkedAt });
      return known.described;
    }
    const lastModified = isSettled(answer.lastModified, answer.at) ? answer.lastModified : undefined;
    this.#known.set(object, { described: answer.value, lastModified, checkedAt });
    return answer.value;
  }
}

/** HTTP dates have whole seconds, and ours may be as much behind; a third for clocks of two servers. */
const unsettledMs = 3_000;

/**
 * Whether the second of the last change was over when the answer was made. Within it a further change would keep the same
 * `Last-Modified`, and a conditional request would be told "unchanged" ever after.
 */
function isSettled(lastModified: string | undefined, answeredAt: Date): boolean {
  const changedAt = Date.parse(lastModified ?? '');
  return answeredAt.getTime() - changedAt > unsettledMs;
}
