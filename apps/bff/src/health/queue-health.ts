import { jobs, mirroredObjectNames, type Clock, type Log, type ShadowReads } from '@umbra/domain';
import type { QueueSnapshot } from '@umbra/redis';
import type { SalesforceQueueSnapshot } from '@umbra/salesforce';
import { z } from 'zod';

const count = z.int().nonnegative();

const latencySchema = z.object({ p50: z.number(), p95: z.number(), max: z.number() });

/** What `/health/queues` answers: counts, ages and states; no ids, no hosts, no texts of errors. */
export const queueHealthSchema = z.object({
  salesforce: z
    .object({
      pending: count,
      running: count,
      byClass: z.record(z.string(), z.object({ pending: count, running: count })),
      dailyApiUsage: count.nullable(),
      dailyApiLimit: count.nullable(),
      dailyUsagePercent: z.number().nullable(),
      ownDailyCalls: count.meta({ description: 'Calls of this product in the last day, all processes.' }),
      degradation: z.object({
        state: z.enum(['normal', 'degraded']),
        reason: z.string().nullable(),
        until: z.iso.datetime().nullable(),
      }),
      routes: z.record(
        z.string(),
        z.object({ success: count, failure: count, latencyMs: latencySchema.nullable() }),
      ),
    })
    .meta({ description: 'The request queue of this process.' }),
  SF_SHADOW_SYNC: z
    .object({
      state: z.enum(['up', 'down']),
      waiting: count.nullable(),
      active: count.nullable(),
      delayed: count.nullable(),
      failed: count.nullable(),
      oldestAgeSeconds: count.nullable(),
      jobs: z.array(z.string()).meta({ description: 'Kinds of job that the queue carries.' }),
      coveredAgeSeconds: z.record(z.string(), z.number().nullable()).meta({
        description: 'Per object: age of the instant up to which the shadow is proven; null while unknown.',
      }),
    })
    .meta({ description: 'The queue of the mirror, shared by all processes.' }),
});
export type QueueHealthReport = z.infer<typeof queueHealthSchema>;

export interface QueueHealthSources {
  readonly salesforce: { snapshot(): SalesforceQueueSnapshot };
  readonly queue: { snapshot(): Promise<QueueSnapshot> };
  readonly shadow: Pick<ShadowReads, 'coveredAt'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

/** Renders the report from what the components tell of themselves. Asks Salesforce nothing. */
export class QueueHealthReporter {
  readonly #sources: QueueHealthSources;

  constructor(sources: QueueHealthSources) {
    this.#sources = sources;
  }

  async report(): Promise<QueueHealthReport> {
    const [queue, covered] = await Promise.all([this.#queue(), this.#covered()]);
    const { credentials: _stated, ...salesforce } = this.#sources.salesforce.snapshot();
    return queueHealthSchema.parse({
      salesforce,
      SF_SHADOW_SYNC: {
        state: queue === undefined ? 'down' : 'up',
        ...(queue ?? { waiting: null, active: null, delayed: null, failed: null, oldestAgeSeconds: null }),
        jobs: Object.keys(jobs),
        coveredAgeSeconds: covered,
      },
    });
  }

  async #queue(): Promise<QueueSnapshot | undefined> {
    try {
      return await this.#sources.queue.snapshot();
    } catch (error) {
      this.#sources.log.debug({ err: error }, 'queue not readable');
      return undefined;
    }
  }

  async #covered(): Promise<Readonly<Record<string, number | null>>> {
    const ages = mirroredObjectNames.map(async (object) => [object, await this.#coveredAge(object)] as const);
    return Object.fromEntries(await Promise.all(ages));
  }

  async #coveredAge(object: (typeof mirroredObjectNames)[number]): Promise<number | null> {
    try {
      const at = await this.#sources.shadow.coveredAt(object);
      if (at === undefined) return null;
      return Math.max(0, Math.ceil((this.#sources.clock.now().getTime() - at.getTime()) / 1_000));
    } catch (error) {
      this.#sources.log.debug({ err: error }, 'coverage not readable');
      return null;
    }
  }
}
