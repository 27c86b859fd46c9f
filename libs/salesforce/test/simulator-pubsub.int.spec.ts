import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangeStream, ReceivedEvent, StreamMessage, StreamStart } from '@umbra/domain';
import { FaultProxy } from '@umbra/testing';
import { createChangeDecoder, type PubsubAddress, type PubsubSource } from '../src/index.ts';
import { openForTest, type TestSalesforce } from './open-for-test.ts';
import { callsTo, SimulatorProcess } from './simulator.ts';

const topic = '/data/AccountChangeEvent';
const earliest: StreamStart = { kind: 'earliest' };
/** A stream's keep-alives come every 100 ms here. */
const impatient = { shortest: 500, longest: 1_500 };

interface StreamFacts {
  readonly topic: string;
  readonly preset: string;
  readonly replayId: string;
  readonly maxOutstanding: number;
  readonly delivered: number;
  readonly live: boolean;
}

interface PublishedEvent {
  readonly eventId: string;
  readonly replayId: string;
}

let simulator: SimulatorProcess;
let accounts: readonly string[];
let salesforce: TestSalesforce;

beforeAll(async () => {
  simulator = await SimulatorProcess.start('--scale', 'demo');
  accounts = (await simulator.truth('Account')).map(({ Id }) => String(Id));
});
afterAll(() => simulator.close());

beforeEach(async () => {
  await simulator.control('PATCH', '/pubsub/knobs', { keepAliveEvery: 0.1, silence: false, deliveryCap: 0 });
  salesforce = openForTest(simulator.settings());
});
afterEach(() => salesforce.close());

function source(changes: Partial<PubsubAddress> = {}): PubsubSource {
  return salesforce.changes({ endpoint: simulator.ready.pubsubEndpoint, insecure: true, ...changes });
}

/** Changes one account n times, in one transaction each. */
async function change(times: number, at = 0): Promise<void> {
  for (let i = 0; i < times; i++) {
    const edit = {
      op: 'update',
      object: 'Account',
      id: accounts[at],
      fields: { Phone: `${Date.now()} ${i}` },
    };
    await simulator.control('POST', '/transactions', { edits: [edit] });
  }
}

async function published(): Promise<PublishedEvent[]> {
  const answer = await fetch(`${simulator.ready.controlUrl}/pubsub/events?object=Account`);
  const lines = (await answer.text()).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as PublishedEvent);
}

const streams = (): Promise<StreamFacts[]> => simulator.control('GET', '/pubsub/streams');

/** Takes messages, settling what they hold, until `enough`. The stream stays open. */
async function take(
  stream: ChangeStream,
  enough: (events: readonly ReceivedEvent[], message: StreamMessage) => boolean,
): Promise<readonly ReceivedEvent[]> {
  const events: ReceivedEvent[] = [];
  const messages = stream[Symbol.asyncIterator]();
  for (;;) {
    const message = await nextOf(messages);
    events.push(...message.events);
    stream.settle(message.events);
    if (enough(events, message)) return events;
  }
}

async function nextOf(messages: AsyncIterator<StreamMessage, unknown>): Promise<StreamMessage> {
  const next = await messages.next();
  if (next.done === true) throw new Error('the stream was closed');
  return next.value;
}

const ids = (events: readonly ReceivedEvent[]): string[] => events.map(({ eventId }) => eventId);
const positionOf = (events: readonly ReceivedEvent[]): StreamStart => {
  const last = events.at(-1);
  if (last === undefined) throw new Error('nothing was received');
  return { kind: 'after', replayId: last.replayId };
};
/** The end of a stream that is read to its end. */
async function endOf(stream: ChangeStream): Promise<unknown> {
  try {
    for await (const { events } of stream) stream.settle(events);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('change events', () => {
  it('arrive in bus order, from the earliest on, and decode with their own schema, fetched once', async () => {
    await change(3);
    const { calls: before } = await simulator.control<{ calls: Record<string, number> }>(
      'GET',
      '/pubsub/counters',
    );
    const changes = source();
    const expected = await published();
    const events = await take(changes.open(topic, earliest), (all) => all.length >= expected.length);
    expect(ids(events)).toEqual(expected.map(({ eventId }) => eventId));
    for (const event of events) {
      const decoder = createChangeDecoder(await changes.schema(event.schemaId));
      const { header, changed, leaves } = decoder.decode(event.payload);
      expect(header).toMatchObject({ entityName: 'Account', changeType: 'UPDATE', recordIds: [accounts[0]] });
      expect(changed).toContain('Phone');
      expect(typeof leaves['Phone']).toBe('string');
    }
    const { calls: after } = await simulator.control<{ calls: Record<string, number> }>(
      'GET',
      '/pubsub/counters',
    );
    expect((after['GetSchema'] ?? 0) - (before['GetSchema'] ?? 0)).toBe(1);
  });

  it('go on behind the position given, after any end of the stream: none lost, none twice', async () => {
    const changes = source();
    const start = await published();
    await change(2);
    const seen = [...(await take(changes.open(topic, earliest), (all) => all.length >= start.length + 2))];
    for (const end of [{ status: 14 }, { status: 13, details: 'RST_STREAM' }, { status: 1 }]) {
      const stream = changes.open(topic, positionOf(seen));
      await change(2);
      seen.push(...(await take(stream, (all) => all.length >= 2)));
      await simulator.control('POST', '/pubsub/end-streams', end);
      await expect(endOf(stream)).resolves.toMatchObject({ code: 'SF_STREAM_ENDED' });
      // While nobody listens.
      await change(1);
    }
    seen.push(...(await take(changes.open(topic, positionOf(seen)), (all) => all.length >= 1)));
    expect(ids(seen)).toEqual((await published()).map(({ eventId }) => eventId));
  });

  it('are never asked for from the latest on', async () => {
    const presets = new Set((await streams()).map(({ preset }) => preset));
    expect([...presets].sort()).toEqual(['CUSTOM', 'EARLIEST']);
  });

  it('come over one stream per topic: a second one ends the first', async () => {
    const changes = source();
    const first = changes.open(topic, earliest);
    await take(first, () => true);
    const second = changes.open(topic, earliest);
    await take(second, () => true);
    await expect(endOf(first)).resolves.toBeUndefined();
    const live = (await streams()).filter((stream) => stream.live && stream.topic === topic);
    expect(live).toHaveLength(1);
  });

  it('stop coming when they are not stored: demand and memory stay bounded', async () => {
    await change(300);
    const total = (await published()).length;
    const limits = { maxEvents: 150, maxBytes: 3 * 1024 * 1024 };
    const stream = source({ limits }).open(topic, earliest);
    const held: ReceivedEvent[] = [];
    const messages = stream[Symbol.asyncIterator]();
    // Keep-alives need open demand, so the messages end by themselves once everything allowed is held.
    while (stream.unsettled < limits.maxEvents) held.push(...(await nextOf(messages)).events);
    expect(stream.unsettled).toBe(limits.maxEvents);
    const facts = (await streams()).findLast((one) => one.live && one.topic === topic);
    expect(facts?.delivered).toBe(limits.maxEvents);
    expect(facts?.maxOutstanding).toBeLessThanOrEqual(100);
    stream.settle(held);
    const rest = held.length === limits.maxEvents ? total - held.length : total;
    const events = await take(stream, (some) => some.length >= rest);
    expect(ids([...held, ...events])).toEqual((await published()).map(({ eventId }) => eventId));
  });
});

describe('a stream that is no good', () => {
  it('is given up when it is silent, although the connection lives', async () => {
    const stream = source({ silence: impatient }).open(topic, earliest);
    await take(stream, (_, { events }) => events.length === 0);
    await simulator.control('PATCH', '/pubsub/knobs', { silence: true });
    await expect(endOf(stream)).resolves.toMatchObject({ code: 'SF_STREAM_SILENT' });
  });

  it('is given up when its connection is half open, and the next one has a connection of its own', async () => {
    const [host = '', port = ''] = simulator.ready.pubsubEndpoint.split(':');
    const proxy = await FaultProxy.start({ host, port: Number(port) });
    try {
      const changes = source({ endpoint: `127.0.0.1:${proxy.port}`, silence: impatient });
      const stream = changes.open(topic, earliest);
      const events = await take(stream, (all, message) => all.length > 0 && message.events.length === 0);
      proxy.set({ kind: 'black-hole' });
      await change(1);
      await expect(endOf(stream)).resolves.toMatchObject({ code: 'SF_STREAM_SILENT' });
      proxy.set({ kind: 'pass' });
      const [missed] = await take(changes.open(topic, positionOf(events)), (all) => all.length > 0);
      expect(missed?.eventId).toBe((await published()).at(-1)?.eventId);
    } finally {
      await salesforce.close();
      await proxy.close();
    }
  });

  it.each([
    [{ status: 3, errorCode: 'subscription.fetch.replayid.corrupted' }, 'SF_STREAM_POSITION_REFUSED'],
    [{ status: 8, errorCode: 'subscription.limit.exceeded' }, 'SF_STREAM_ALLOCATION'],
    [{ status: 16, errorCode: 'service.auth.error' }, 'SF_SESSION_ENDED'],
    [{ status: 14 }, 'SF_STREAM_ENDED'],
  ])('says what ended it: %j is %s', async (end, code) => {
    const stream = source().open(topic, earliest);
    await take(stream, () => true);
    await simulator.control('POST', '/pubsub/end-streams', end);
    await expect(endOf(stream)).resolves.toMatchObject({ code });
  });

  it('is refused a position that never was', async () => {
    const stream = source().open(topic, { kind: 'after', replayId: new Uint8Array(10).fill(0x7f) });
    await expect(endOf(stream)).resolves.toMatchObject({ code: 'SF_STREAM_POSITION_REFUSED' });
  });

  it('fails when nothing listens there', async () => {
    const stream = source({ endpoint: '127.0.0.1:1' }).open(topic, earliest);
    await expect(endOf(stream)).resolves.toMatchObject({ code: 'SF_STREAM_ENDED' });
  });
});

describe('the token of a stream', () => {
  it('is the one of the moment: a revoked one is replaced, once for all topics', async () => {
    const changes = source();
    await take(changes.open(topic, earliest), () => true);
    const tokens = async (): Promise<number> => callsTo(await simulator.counters(), 'token');
    const before = await tokens();
    await simulator.control('POST', '/tokens/revoke');
    const topics = [topic, '/data/Product2ChangeEvent', '/data/PricebookEntryChangeEvent'];
    const refusals = await Promise.all(topics.map((name) => endOf(changes.open(name, earliest))));
    for (const refusal of refusals) expect(refusal).toMatchObject({ code: 'SF_SESSION_ENDED' });
    await Promise.all(topics.map((name) => take(changes.open(name, earliest), () => true)));
    expect((await tokens()) - before).toBe(1);
  });
});
