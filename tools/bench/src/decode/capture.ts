import type { Log } from '@umbra/domain';
import { loadEnv, salesforceSection, streamSection, systemClock } from '@umbra/platform';
import { openSalesforce, type PubsubSource } from '@umbra/salesforce';
import type { Stage } from '../harness/stage.ts';
import type { CapturedEvents } from './captured-events.ts';

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
};

/** Every event that the org has published on these topics, off the wire. */
export async function capture(
  stage: Stage,
  expected: Readonly<Record<string, number>>,
): Promise<CapturedEvents> {
  const { env } = loadEnv(
    { salesforce: salesforceSection, stream: streamSection },
    { values: stage.env, problems: [] },
  );
  const meter = { count: () => undefined, gauge: () => undefined, observe: () => undefined };
  const salesforce = openSalesforce(env.salesforce, { clock: systemClock, log: silent, meter });
  const source = salesforce.changes(env.stream);
  try {
    const events: CapturedEvents['events'][number][] = [];
    for (const [topic, count] of Object.entries(expected)) events.push(...(await take(source, topic, count)));
    const ids = [...new Set(events.map(({ schemaId }) => schemaId))];
    const schemas = await Promise.all(ids.map(async (id) => [id, await source.schema(id)] as const));
    return { events, schemas: Object.fromEntries(schemas) };
  } finally {
    await salesforce.close();
  }
}

async function take(
  source: PubsubSource,
  topic: string,
  count: number,
): Promise<CapturedEvents['events'][number][]> {
  const taken: CapturedEvents['events'][number][] = [];
  const stream = source.open(topic, { kind: 'earliest' });
  for await (const { events } of stream) {
    for (const { eventId, payload, replayId, schemaId } of events)
      taken.push({ id: eventId, schemaId, payload: Buffer.from(payload), replayId: Buffer.from(replayId) });
    stream.settle(events);
    if (taken.length >= count) break;
  }
  return taken;
}
