/**
 * The plain design, as a good engineer writes it in an afternoon: whatever a stream delivers becomes one job per event,
 * and each job is one upsert through Prisma. It is given Umbra's own Pub/Sub client and decoder, both faster than the
 * npm client's, so that nothing but the design is compared; jobs are queued by the batch, finished ones are dropped,
 * and failed ones are tried again. It prints a line for each hundred jobs done.
 *
 * What it does not do, and Umbra does: it keeps no order among changes of one record, an event that comes late
 * overwrites a newer one, an update of an unknown record makes half a row, and an event is lost when Redis is.
 */
import { Queue, Worker } from 'bullmq';
import type { ChangeDecoder, ChangeStream, Log } from '@umbra/domain';
import {
  loadEnv,
  redisSection,
  databaseSection,
  salesforceSection,
  streamSection,
  systemClock,
} from '@umbra/platform';
import { createChangeDecoder, openSalesforce, type PubsubSource } from '@umbra/salesforce';
import { openPlainClient, type PlainClient } from './plain-client.ts';
import { columnsOf, plainObjects, rowOf, tableOf, type PlainObject } from './plain-row.ts';

const QUEUE = 'plain-changes';
const PREFIX = 'plain';
const ATTEMPTS = 5;

interface ChangeJob {
  readonly object: PlainObject;
  readonly id: string;
  readonly changeType: string;
  /** Only what the event states; what became empty is null. */
  readonly fields: Readonly<Record<string, unknown>>;
}

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: ({ err }, message) => process.stderr.write(`${message}: ${String(err)}\n`),
  child: () => silent,
};

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

/** Job options: what is done is dropped at once, what failed is evidence. */
const jobOptions = {
  attempts: ATTEMPTS,
  backoff: { type: 'exponential', delay: 200 },
  removeOnComplete: true,
  removeOnFail: { count: 1000 },
} as const;

async function apply(client: PlainClient, { changeType, fields, id, object }: ChangeJob): Promise<void> {
  const table = tableOf(client, object);
  if (changeType === 'DELETE') {
    await table.deleteMany({ where: { id } });
    return;
  }
  const create = rowOf(object, id, fields);
  const update = { ...columnsOf(object, fields), payload: fields };
  await table.upsert({ where: { id }, create, update, select: { id: true } });
}

class Decoders {
  readonly #source: PubsubSource;
  readonly #known = new Map<string, ChangeDecoder>();

  constructor(source: PubsubSource) {
    this.#source = source;
  }

  async get(schemaId: string): Promise<ChangeDecoder> {
    const known = this.#known.get(schemaId) ?? createChangeDecoder(await this.#source.schema(schemaId));
    this.#known.set(schemaId, known);
    return known;
  }
}

async function consume(
  topic: string,
  object: PlainObject,
  stream: ChangeStream,
  decoders: Decoders,
  queue: Queue<ChangeJob>,
  client: PlainClient,
): Promise<void> {
  for await (const { events } of stream) {
    const jobs: { name: string; data: ChangeJob; opts: typeof jobOptions }[] = [];
    for (const { payload, schemaId } of events) {
      const { header, leaves, nulled } = (await decoders.get(schemaId)).decode(payload);
      const fields = { ...leaves, ...Object.fromEntries(nulled.map((field) => [field, null])) };
      for (const id of header.recordIds)
        jobs.push({
          name: 'change',
          data: { object, id, changeType: header.changeType, fields },
          opts: jobOptions,
        });
    }
    if (jobs.length > 0) await queue.addBulk(jobs);
    const last = events.at(-1);
    if (last !== undefined) {
      const { replayId } = last;
      await client.position.upsert({ where: { topic }, create: { topic, replayId }, update: { replayId } });
    }
    stream.settle(events);
  }
}

async function main(): Promise<void> {
  const { env } = loadEnv({
    database: databaseSection,
    redis: redisSection,
    salesforce: salesforceSection,
    stream: streamSection,
  });
  const [concurrency = '32', after = ''] = process.argv.slice(2);
  const client = await openPlainClient(env.database.url.reveal(), Math.min(10, Number(concurrency)));
  const meter = { count: () => undefined, gauge: () => undefined, observe: () => undefined };
  const salesforce = openSalesforce(env.salesforce, { clock: systemClock, log: silent, meter });
  const source = salesforce.changes(env.stream);
  const connection = { url: env.redis.url.reveal(), maxRetriesPerRequest: null };
  const queue = new Queue<ChangeJob>(QUEUE, { connection, prefix: PREFIX });
  let done = 0;
  let failed = 0;
  const worker = new Worker<ChangeJob>(QUEUE, ({ data }) => apply(client, data), {
    connection,
    prefix: PREFIX,
    concurrency: Number(concurrency),
  });
  const finished = (): void => {
    if (++done % 100 === 0) say({ done, at: Date.now() });
  };
  worker.on('completed', finished);
  worker.on('failed', (job) => {
    if ((job?.attemptsMade ?? 0) < ATTEMPTS) return;
    failed++;
    finished();
  });
  const decoders = new Decoders(source);
  const streams = plainObjects.map((object) => {
    const topic = `/data/${object}ChangeEvent`;
    const stream = source.open(topic, { kind: 'after', replayId: Buffer.from(after, 'hex') });
    return { stream, ended: consume(topic, object, stream, decoders, queue, client) };
  });
  say({ msg: 'ready' });
  await new Promise<void>((resolve) => process.once('SIGTERM', resolve));
  for (const { stream } of streams) stream.close();
  await Promise.allSettled(streams.map(({ ended }) => ended));
  await worker.close(true);
  await queue.close();
  await salesforce.close();
  await client.$disconnect();
  say({ msg: 'ended', done, failed });
}

await main();
