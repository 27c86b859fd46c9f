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
  /** The data as JSON. */
  readonly json: string;
  readonly meta: Meta;
  /** By which the same question can be asked again, of `HeldReads`; null when it cannot. */
  readonly name: AnswerName | null;
  /** Weak: it changes with the data, not with their age. With quotes, as the header carries it. */
  readonly etag: string;
}

/** Names a question that was asked before. */
export interface AnswerName {
  readonly area: ReadArea;
  readonly key: string;
}

/** A value with its provenance. */
export interface Part<V> {
  readonly value: V;
  readonly source: ReadSource;
  /** Proven by the source. */
  readonly asOf: Date;
  /** The bound of its area, in seconds. */
  readonly boundSeconds: number;
  /** Past its bound it is to be asked of Salesforce. */
  readonly liveWhenStale: boolean;
  /** What the value depends on. */
  readonly scopes: readonly string[];
}

/** The areas that reads are counted by. */
export type ReadArea = 'catalog' | 'prices' | 'eligibility' | 'quote';

/** The most expensive source among the parts. */
export function sourceOf(parts: readonly Part<unknown>[]): ReadSource {
  const used = new Set(parts.map(({ source }) => source));
  return readSources.findLast((source) => used.has(source)) ?? 'cache';
}
