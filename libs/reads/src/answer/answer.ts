import { ageSeconds, isStale, oldestOf, type Clock, type Meter } from '@umbra/domain';
import { z } from 'zod';

/** Where an answer came from. A compound answer names the most expensive source that it needed. */
export const readSources = ['cache', 'shadow', 'salesforce'] as const;
export type ReadSource = (typeof readSources)[number];

export const metaSchema = z
  .object({
    source: z.enum(readSources).meta({ description: 'The most expensive source that the answer needed.' }),
    asOf: z.iso
      .datetime()
      .meta({ description: 'The answer is what Salesforce said at this instant or later.' }),
    ageSeconds: z.int().nonnegative().meta({ description: 'Seconds since asOf, rounded up.' }),
    stale: z.boolean().meta({ description: 'Some part is older than the bound of its area.' }),
  })
  .meta({ id: 'Meta', description: 'How fresh the answer is.' });
export type Meta = z.infer<typeof metaSchema>;

/** The body of an answer: `{ data, meta }`. */
export function answerSchema<T extends z.ZodType>(data: T) {
  return z.object({ data, meta: metaSchema });
}

export interface Answer<T> {
  readonly data: T;
  readonly meta: Meta;
  /** Weak: it changes with the data, not with their age. With quotes, as the header carries it. */
  readonly etag: string;
}

/** A value with its provenance. */
export interface Part<V> {
  readonly value: V;
  readonly source: ReadSource;
  /** Proven by the source. */
  readonly asOf: Date;
  /** The bound of its area, in seconds. */
  readonly boundSeconds: number;
}

/** The areas that reads are counted by. */
export type ReadArea = 'catalog' | 'prices' | 'eligibility' | 'quote';

/** Makes answers of data and the parts that they were made of. */
export class AnswerMaker {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #meter: Meter;
  readonly #hash: (text: string) => string;

  constructor(options: {
    readonly clock: Pick<Clock, 'now'>;
    readonly meter: Meter;
    readonly hash: (text: string) => string;
  }) {
    this.#clock = options.clock;
    this.#meter = options.meter;
    this.#hash = options.hash;
  }

  /** @param parts everything that the data depend on, also what ended up not being shown */
  make<T>(area: ReadArea, data: T, parts: readonly Part<unknown>[]): Answer<T> {
    const now = this.#clock.now();
    const asOf = oldestOf(parts.map((part) => part.asOf));
    const source = sourceOf(parts);
    this.#meter.count('bff_reads_total', { area, source });
    return {
      data,
      meta: {
        source,
        asOf: asOf.toISOString(),
        ageSeconds: ageSeconds(asOf, now),
        stale: parts.some((part) => isStale(part.asOf, now, part.boundSeconds)),
      },
      etag: `W/"${this.#hash(JSON.stringify(data))}"`,
    };
  }
}

function sourceOf(parts: readonly Part<unknown>[]): ReadSource {
  const used = new Set(parts.map(({ source }) => source));
  return readSources.findLast((source) => used.has(source)) ?? 'cache';
}
