import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { idOf } from '../../org/ids.ts';
import { startSimulator, type Simulator } from '../../wire/start-simulator.ts';
import { CUSTOM, StreamClient, type Decoded, type TestStream } from './stream-client.ts';

const topicName = '/data/AccountChangeEvent';
let simulator: Simulator;
let client: StreamClient;

beforeEach(async () => {
  simulator = await startSimulator({ seed: 7 });
  client = await StreamClient.connect(simulator);
});
afterEach(async () => {
  client.close();
  await simulator.close();
});

async function control(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; text: string }> {
  const answer = await fetch(simulator.controlUrl + path, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return { status: answer.status, text: await answer.text() };
}
const knobs = async (patch: Record<string, unknown>): Promise<void> => {
  expect(await control('PATCH', '/pubsub/knobs', patch)).toMatchObject({ status: 200 });
};
const change = (n: number, times = 1): void => {
  for (let i = 0; i < times; i++)
    simulator.org.transact([
      { op: 'update', object: 'Account', id: idOf('001', n), fields: { Phone: `${n}.${i}` } },
    ]);
};
const decodeAll = (stream: TestStream): Promise<Decoded[]> =>
  Promise.all(stream.events.map((event) => client.decode(event)));

describe('what is published', () => {
  it('loses events and tells how many', async () => {
    await knobs({ dropEvents: 0.5 });
    change(1, 100);
    const { published, dropped } = simulator.bus.counters;
    expect(published + dropped).toBe(100);
    expect(dropped).toBeGreaterThan(20);
    expect((await client.subscribe({ topicName }).received(published)).events).toHaveLength(published);
  });

  it('turns changes into gap events, merged within a transaction', async () => {
    await knobs({ gapEvents: 1 });
    simulator.org.transact(
      [1, 2, 3].map((n) => ({
        op: 'update',
        object: 'Account',
        id: idOf('001', n),
        fields: { Phone: String(n) },
      })),
    );
    simulator.org.transact([{ op: 'delete', id: idOf('001', 9) }]);
    const events = await decodeAll(await client.subscribe({ topicName }).received(2));
    expect(
      events.map(({ ChangeEventHeader: h }) => [h.changeType, h.recordIds.length, h.changeOrigin]),
    ).toEqual([
      ['GAP_UPDATE', 3, ''],
      ['GAP_DELETE', 1, ''],
    ]);
    expect(events[0]).toMatchObject({ Phone: null, LastModifiedDate: null });
  });

  it('repeats a suffix under new replay ids and the old event ids', async () => {
    change(1, 5);
    const stream = await client.subscribe({ topicName }).received(5);
    expect((await control('POST', '/pubsub/replay-suffix', { n: 3 })).text).toBe('{"published":3}');
    await stream.received(8);
    const ids = stream.events.map(({ event }) => event.id);
    expect(ids.slice(5)).toEqual(ids.slice(2, 5));
    expect(new Set(stream.events.map(({ replayId }) => replayId.toString('hex'))).size).toBe(8);
    expect(simulator.bus.counters.copies).toBe(3);
  });

  it('shuffles within windows, loses nothing, counts what stands out of place, and lets a rest out', async () => {
    await knobs({ shuffle: 20 });
    change(1, 50);
    const events = await decodeAll(await client.subscribe({ topicName }).received(50));
    const numbers = events.map(({ ChangeEventHeader: h }) => h.commitNumber);
    expect(new Set(numbers).size).toBe(50);
    let [highest, behind] = [0n, 0];
    for (const number of numbers) {
      if (number < highest) behind++;
      else highest = number;
    }
    expect(behind).toBeGreaterThan(10);
    expect(simulator.bus.counters.outOfPlace).toBe(behind);
  });

  it('gives two events one replay id, and a resumed stream misses neither', async () => {
    change(1);
    await knobs({ duplicateReplayId: 1 });
    change(2);
    const stream = await client.subscribe({ topicName }).received(2);
    const [one, two] = stream.events;
    expect(two?.replayId).toEqual(one?.replayId);
    const resumed = client.subscribe({ topicName, replayPreset: CUSTOM, replayId: one!.replayId });
    expect((await resumed.received(1)).events[0]?.event.id).toBe(two?.event.id);
  });

  it.each([
    ['wildcard', '001*', 'UPDATE'],
    ['overflow', '000000000000000AAA', 'GAP_OVERFLOW'],
  ])('raises an event of no single record: %s', async (kind, recordId, changeType) => {
    expect((await control('POST', '/pubsub/unspecific', { object: 'Account', kind })).status).toBe(204);
    const [event] = await decodeAll(await client.subscribe({ topicName }).received(1));
    expect(event?.ChangeEventHeader).toMatchObject({ recordIds: [recordId], changeType });
  });

  it('cuts exactly so many payloads short', async () => {
    await knobs({ corruptNext: 1 });
    change(1, 3);
    const stream = await client.subscribe({ topicName }).received(3);
    const results = await Promise.allSettled(stream.events.map((event) => client.decode(event)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    await knobs({ corruptPayload: 1 });
    change(1, 2);
    expect(simulator.bus.counters.corrupted).toBe(3);
  });

  it('hides a schema and shows it again', async () => {
    const schemaId = simulator.bus.schemas.current('Account')?.schema.id ?? '';
    await knobs({ hideSchemas: [schemaId] });
    await expect(client.call('GetSchema', { schemaId })).rejects.toMatchObject({ code: 3 });
    await knobs({ hideSchemas: [] });
    expect(await client.call('GetSchema', { schemaId })).toMatchObject({ schemaId });
  });

  it('a big transaction overflows', async () => {
    await knobs({ overflowAbove: 100 });
    const done = await control('POST', '/load/transaction', { object: 'Account', changes: 150 });
    expect(JSON.parse(done.text)).toEqual({ changes: 150 });
    const events = await decodeAll(await client.subscribe({ topicName }).received(2));
    expect(events.map(({ ChangeEventHeader: h }) => h.changeType)).toEqual(['UPDATE', 'GAP_OVERFLOW']);
    // Three fields of each record count: the number of employees, and who changed it when.
    expect(events[0]?.ChangeEventHeader.recordIds).toHaveLength(33);
  });
});

describe('how it is delivered', () => {
  it('silence: nothing comes and nothing ends, until it is lifted', async () => {
    await knobs({ keepAliveEvery: 0.02 });
    const stream = client.subscribe({ topicName });
    await stream.until(({ keepAlives }) => keepAlives.length > 0);
    await knobs({ silence: true });
    const seen = stream.responses.length;
    change(1, 3);
    // A round trip on the same connection: what the server wrote before has arrived when its answer has.
    await client.call('GetTopic', { topicName });
    const before = stream.responses.length;
    await client.call('GetTopic', { topicName });
    expect(stream.responses.length).toBe(before);
    expect(stream.events).toHaveLength(0);
    expect(before - seen).toBeLessThanOrEqual(1);
    await knobs({ silence: false });
    await stream.received(3);
  });

  it('silence: a stream that ends meanwhile is half-open', async () => {
    const stream = client.subscribe({ topicName });
    change(1);
    await stream.received(1);
    await knobs({ silence: true });
    await control('POST', '/pubsub/end-streams', { status: 14 });
    expect(simulator.pubsub.streams()[0]).toMatchObject({ live: false, status: 14 });
    let ended = false;
    void stream.ended.then(() => (ended = true));
    await client.call('GetTopic', { topicName });
    expect(ended).toBe(false);
  });

  it.each([
    [{ status: 14 }, []],
    [
      {
        status: 13,
        errorCode: 'service.unavailable',
        details: 'The service is unavailable. Try again later.',
      },
      ['sfdc.platform.eventbus.grpc.service.unavailable'],
    ],
    [
      { status: 16, errorCode: 'service.auth.error', details: 'An authentication exception occurred.' },
      ['sfdc.platform.eventbus.grpc.service.auth.error'],
    ],
  ])('ends streams with %j', async (end, codes) => {
    const stream = client.subscribe({ topicName });
    change(1);
    await stream.received(1);
    expect((await control('POST', '/pubsub/end-streams', end)).status).toBe(204);
    const error = await stream.ended;
    expect(error?.code).toBe(end.status);
    expect(error?.metadata.get('error-code')).toEqual(codes);
  });

  it('ends the streams of one topic alone', async () => {
    const [accounts, products] = [topicName, '/data/Product2ChangeEvent'].map((name) =>
      client.subscribe({ topicName: name }),
    );
    change(1);
    simulator.org.transact([
      { op: 'update', object: 'Product2', id: idOf('01t', 1), fields: { ExternalId: 'x' } },
    ]);
    await Promise.all([accounts?.received(1), products?.received(1)]);
    await control('POST', '/pubsub/end-streams', { status: 14, topic: topicName });
    expect((await accounts?.ended)?.code).toBe(14);
    expect(simulator.pubsub.streams().map(({ live }) => live)).toEqual([false, true]);
  });

  it('holds events back and lets them go', async () => {
    await knobs({ holdEvents: true, keepAliveEvery: 0.02 });
    change(1, 4);
    const stream = client.subscribe({ topicName });
    await stream.until(({ keepAlives }) => keepAlives.length >= 3);
    expect(stream.events).toHaveLength(0);
    await knobs({ holdEvents: false });
    await stream.received(4);
  });

  it('delivers no more than the allocation of a client in 24 hours, and nothing is lost by it', async () => {
    await knobs({ deliveryCap: 5 });
    change(1, 8);
    const stream = client.subscribe({ topicName });
    const error = await stream.ended;
    expect(error).toMatchObject({ code: 8 });
    expect(error?.metadata.get('error-code')).toEqual([
      'sfdc.platform.eventbus.grpc.subscription.limit.exceeded',
    ]);
    expect(stream.events).toHaveLength(5);
    simulator.org.clock.advance(25 * 3_600_000);
    await client.signIn(simulator);
    const replayId = stream.events[4]!.replayId;
    const rest = client.subscribe({ topicName, replayPreset: CUSTOM, replayId });
    expect((await rest.received(3)).events).toHaveLength(3);
  });

  it('takes the round trip, in order', async () => {
    await knobs({ roundTrip: 60 });
    const begun = performance.now();
    change(1, 3);
    const stream = await client.subscribe({ topicName, numRequested: 3 }).received(3);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(55);
    await knobs({ roundTrip: 0 });
    stream.more(2);
    change(2, 2);
    await stream.received(5);
    const numbers = (await decodeAll(stream)).map(({ ChangeEventHeader: h }) => h.commitNumber);
    expect(numbers).toEqual([...numbers].sort((a, b) => Number(a - b)));
  });

  it('a stream outlives its token, or ends with it', async () => {
    await knobs({ keepAliveEvery: 0.05 });
    const stream = client.subscribe({ topicName });
    await stream.until(({ keepAlives }) => keepAlives.length > 0);
    simulator.org.revokeTokens();
    change(1);
    await stream.received(1);
    expect((await client.subscribe({ topicName }).ended)?.code).toBe(16);
    await knobs({ streamsOutliveTokens: false });
    expect((await stream.ended)?.code).toBe(16);
  });
});

describe('a migration', () => {
  it('ends streams and tokens, and starts all numbers anew', async () => {
    change(1, 3);
    const old = await client.subscribe({ topicName }).received(3);
    const { commitNumber } = (await decodeAll(old))[2]!.ChangeEventHeader;
    const moved = await control('POST', '/pubsub/migrate', { instanceName: 'UMB9' });
    expect(JSON.parse(moved.text)).toMatchObject({ instanceName: 'UMB9' });
    expect((await old.ended)?.code).toBe(14);
    expect((await client.subscribe({ topicName }).ended)?.code).toBe(16);
    await client.signIn(simulator);
    const replayId = old.events[2]!.replayId;
    const refused = client.subscribe({ topicName, replayPreset: CUSTOM, replayId });
    expect((await refused.ended)?.details).toContain('Replay ID validation failed');
    change(2, 2);
    const now = await client.subscribe({ topicName }).received(2);
    expect(Buffer.compare(now.events[1]!.replayId, old.events[0]!.replayId)).toBe(-1);
    const header = (await decodeAll(now))[0]!.ChangeEventHeader;
    expect(header.commitNumber).toBeLessThan(commitNumber);
    expect(String(header.commitNumber)).toMatch(/^\d{19}$/);
    const lines = (await control('GET', '/pubsub/events')).text.trim().split('\n');
    expect(lines).toHaveLength(5);
  });

  it('of a refreshed sandbox gives it another id, which its own record shows', async () => {
    const before = simulator.org.identity.organizationId;
    await control('POST', '/pubsub/migrate', { newOrganization: true });
    const { organizationId } = simulator.org.identity;
    expect(organizationId).not.toBe(before);
    await client.signIn(simulator);
    const token = String(client.metadata.get('accesstoken')[0]);
    const soql = encodeURIComponent('SELECT Id, InstanceName FROM Organization LIMIT 1');
    const answer = await fetch(`${simulator.url}/services/data/v62.0/query?q=${soql}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(await answer.json()).toMatchObject({
      totalSize: 1,
      records: [{ Id: organizationId, InstanceName: 'UMB9' }],
    });
    change(1);
    await client.subscribe({ topicName }).received(1);
  });
});

describe('the control API', () => {
  it('tells streams, events with their digests, and counters', async () => {
    change(1, 2);
    const stream = await client.subscribe({ topicName }).received(2);
    const streams = JSON.parse((await control('GET', '/pubsub/streams?live=true')).text) as unknown[];
    expect(streams).toMatchObject([{ topic: topicName, preset: 'EARLIEST', delivered: 2, live: true }]);
    const { text } = await control('GET', '/pubsub/events?from=2');
    expect(JSON.parse(text)).toMatchObject({
      n: 2,
      replayId: stream.events[1]!.replayId.toString('hex'),
      eventId: stream.events[1]!.event.id,
      entity: 'Account',
      recordIds: [idOf('001', 1)],
      changeType: 'UPDATE',
      commitNumber: String(simulator.org.history.last?.commitNumber),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect((await control('GET', '/pubsub/events?object=Product2')).text).toBe('');
    expect(JSON.parse((await control('GET', '/pubsub/counters')).text)).toMatchObject({
      published: 2,
      liveStreams: 1,
    });
  });

  it.each([
    ['PATCH', '/pubsub/knobs', { dropEvent: 0.1 }],
    ['PATCH', '/pubsub/knobs', { dropEvents: 2 }],
    ['PATCH', '/pubsub/knobs', { entities: ['Nothing'] }],
    ['POST', '/pubsub/replay-suffix', { n: 0 }],
    ['POST', '/pubsub/end-streams', {}],
    ['POST', '/pubsub/unspecific', { object: 'Account', kind: 'other' }],
    ['POST', '/load', { changesPerSecond: 0, seconds: 1 }],
    ['POST', '/load', { changesPerSecond: 1, seconds: 1, objects: {} }],
  ])('refuses what it does not know: %s %s %j', async (method, path, body) => {
    const answer = await control(method, path, body);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toHaveProperty('problems');
  });
});
