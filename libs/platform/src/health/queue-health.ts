import {
  jobs,
  mirroredObjectNames,
  type ChangeLog,
  type Clock,
  type Log,
  type ShadowReads,
  type ShadowStore,
  type StreamLog,
  type StreamStatus,
} from '@umbra/domain';
import { z } from 'zod';
import { fleetSchema, type FleetHealth } from './fleet-health.ts';

const count = z.int().nonnegative();

const latencySchema = z.object({ p50: z.number(), p95: z.number(), max: z.number() });

const streamSchema = z.object({
  topic: z.string(),
  state: z.enum(['streaming', 'unowned']).meta({
    description: 'streaming: a worker holds the lease of the topic. unowned: no worker does.',
  }),
  epoch: count,
  stored: z.string().meta({ description: 'Position in the raw log: numbers given so far.' }),
  newestCommitAt: z.iso.datetime().nullable(),
  evidenceAgeSeconds: z.number().nullable().meta({
    description:
      'Age of the instant up to which the stream proves that nothing is missing; null before any proof.',
  }),
  backlog: count.meta({ description: 'Changes stored and not applied.' }),
  lagSeconds: z.number(),
});

const salesforceSchema = z
  .object({
    pending: count,
    running: count,
    byClass: z
      .record(
        z.string(),
        z.object({
          pending: count,
          running: count,
          used: count,
          reserve: count.nullable(),
          admitted: z.boolean(),
        }),
      )
      .meta({
        description:
          'By whom a call serves: its use in the last day, what is kept for it, and whether one would be sent now.',
      }),
    dailyApiUsage: count.nullable(),
    dailyApiLimit: count.nullable(),
    dailyUsagePercent: z.number().nullable(),
    ownDailyCalls: count.meta({ description: 'Calls of this product in the last day, all processes.' }),
    budgetLeft: count.nullable().meta({ description: 'Calls that this product may still make now.' }),
    exhaustedAt: z.iso.datetime().nullable().meta({
      description: 'When the org has no calls left if its usage goes on growing as it does.',
    }),
    concurrency: z.record(z.string(), count),
    degradation: z.object({
      state: z.enum(['normal', 'limited', 'degraded']),
      reason: z.string().nullable(),
      until: z.iso.datetime().nullable(),
    }),
    routes: z.record(
      z.string(),
      z.object({
        success: count,
        failure: count,
        latencyMs: latencySchema.nullable(),
        byClass: z.record(z.string(), count),
      }),
    ),
  })
  .meta({ description: 'The request queue of this process.' });

const readsSchema = z.object({
  rung: z.string().meta({ description: 'normal, conserving, shadow-only, cache-only or refuse.' }),
  reason: z.string().nullable(),
  since: z.iso.datetime(),
  until: z.iso.datetime().nullable(),
});

/** What `/health/queues` answers: counts, ages and states; no ids, no hosts, no texts of errors. */
export const queueHealthSchema = z.object({
  salesforce: salesforceSchema,
  fleet: fleetSchema.nullable().meta({
    description: 'The request queues of all processes together; null while Redis is away.',
  }),
  reads: readsSchema.nullable().meta({
    description: 'Where reads stand on the degradation ladder; null in a process that serves none.',
  }),
  SF_SHADOW_SYNC: z
    .object({
      state: z.enum(['up', 'down']),
      waiting: count.nullable(),
      active: count.nullable(),
      delayed: count.nullable(),
      failed: count.nullable(),
      oldestAgeSeconds: count.nullable(),
      jobs: z.array(z.string()).meta({ description: 'Kinds of job that the queue carries.' }),
      lagSeconds: z.record(z.string(), z.number().nullable()).meta({
        description:
          'Per object: age of the oldest change that is stored and not applied; 0 when there is none, null while unknown.',
      }),
      parked: z.record(z.string(), count.nullable()).meta({
        description: 'Per object: living records that wait aside; null while unknown.',
      }),
      streams: z.array(streamSchema).nullable().meta({
        description: 'Topics of change events, whichever worker streams them; null while unknown.',
      }),
      coveredAgeSeconds: z.record(z.string(), z.number().nullable()).meta({
        description: 'Per object: age of the instant up to which the shadow is proven; null while unknown.',
      }),
    })
    .meta({ description: 'The queue of the mirror, shared by all processes.' }),
});
export type QueueHealthReport = z.infer<typeof queueHealthSchema>;

/** Counts and ages of the job queue. */
export type JobQueueCounts = Record<'waiting' | 'active' | 'delayed' | 'failed', number> & {
  oldestAgeSeconds: number | null;
};

export interface QueueHealthSources {
  readonly salesforce: { snapshot(): z.input<typeof salesforceSchema> };
  /** Left out by a process that serves no reads. */
  readonly reads?: { report(): z.input<typeof readsSchema> };
  readonly fleet: Pick<FleetHealth, 'sums'>;
  readonly queue: { snapshot(): Promise<Readonly<JobQueueCounts>> };
  readonly shadow: Pick<ShadowReads, 'coveredAt'>;
  readonly streams: Pick<StreamLog, 'streams'>;
  readonly changes: Pick<ChangeLog, 'oldestUnapplied'>;
  readonly aside: Pick<ShadowStore, 'parkedCounts'>;
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
    const [queue, covered, lag, parked, streams, fleet] = await Promise.all([
      this.#queue(),
      this.#covered(),
      this.#lag(),
      this.#parked(),
      this.#streams(),
      this.#known('fleet', () => this.#sources.fleet.sums()),
    ]);
    return queueHealthSchema.parse({
      salesforce: this.#sources.salesforce.snapshot(),
      fleet: fleet ?? null,
      reads: this.#sources.reads?.report() ?? null,
      SF_SHADOW_SYNC: {
        state: queue === undefined ? 'down' : 'up',
        ...(queue ?? { waiting: null, active: null, delayed: null, failed: null, oldestAgeSeconds: null }),
        jobs: Object.keys(jobs),
        lagSeconds: lag,
        parked,
        streams,
        coveredAgeSeconds: covered,
      },
    });
  }

  #queue(): Promise<Readonly<JobQueueCounts> | undefined> {
    return this.#known('queue', () => this.#sources.queue.snapshot());
  }

  async #streams(): Promise<readonly object[] | null> {
    const streams = await this.#known('streams', () => this.#sources.streams.streams());
    return streams?.map((stream) => this.#streamOf(stream)) ?? null;
  }

  #streamOf(stream: StreamStatus): object {
    return {
      topic: stream.topic,
      state: stream.leaseAlive ? 'streaming' : 'unowned',
      epoch: stream.epoch,
      stored: String(stream.nextSeq),
      newestCommitAt: stream.commitTimestamp === null ? null : new Date(stream.commitTimestamp).toISOString(),
      evidenceAgeSeconds: stream.evidenceAt === null ? null : this.#age(stream.evidenceAt),
      backlog: stream.backlog,
      lagSeconds: stream.oldestUnapplied === null ? 0 : this.#age(new Date(stream.oldestUnapplied)),
    };
  }

  async #lag(): Promise<Readonly<Record<string, number | null>>> {
    const oldest = await this.#known('lag', () => this.#sources.changes.oldestUnapplied());
    return Object.fromEntries(
      mirroredObjectNames.map((object) => {
        const at = oldest?.get(object);
        return [object, oldest === undefined ? null : at === undefined ? 0 : this.#age(new Date(at))];
      }),
    );
  }

  async #parked(): Promise<Readonly<Record<string, number | null>>> {
    const counts = await this.#known('parked', () => this.#sources.aside.parkedCounts());
    return Object.fromEntries(
      mirroredObjectNames.map((object) => {
        const own = counts?.filter((one) => one.object === object && one.reason !== 'deleted');
        return [object, own?.reduce((sum, one) => sum + one.count, 0) ?? null];
      }),
    );
  }

  /** What cannot be read now is unknown, and the rest of the report is still worth having. */
  async #known<T>(part: string, ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch (error) {
      this.#sources.log.debug({ part, err: error }, 'part of the health report not readable');
      return undefined;
    }
  }

  #age(at: Date): number {
    return Math.max(0, Math.ceil((this.#sources.clock.now().getTime() - at.getTime()) / 1_000));
  }

  async #covered(): Promise<Readonly<Record<string, number | null>>> {
    const ages = mirroredObjectNames.map(async (object) => [object, await this.#coveredAge(object)] as const);
    return Object.fromEntries(await Promise.all(ages));
  }

  async #coveredAge(object: (typeof mirroredObjectNames)[number]): Promise<number | null> {
    const at = await this.#known('coverage', () => this.#sources.shadow.coveredAt(object));
    return at === undefined ? null : this.#age(at);
  }
}
