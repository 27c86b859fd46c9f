import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { idOf } from '../../org/ids.ts';
import type { Edit } from '../../org/edit.ts';
import { startSimulator, type Simulator } from '../../wire/start-simulator.ts';
import { CUSTOM, EARLIEST, LATEST, StreamClient } from './stream-client.ts';

const ACCOUNTS = '/data/AccountChangeEvent';
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

const rename = (n: number, name = `Renamed ${n}`): Edit => ({
  op: 'update',
  object: 'Account',
  id: idOf('001', n),
  fields: { Name: name },
});
const write = (...edits: Edit[]): void => {
  const { results } = simulator.org.transact(edits);
  expect(results.filter(({ success }) => !success)).toEqual([]);
};

describe('topics and schemas', () => {
  it('names the schema of a single object, and none of a channel', async () => {
    simulator.bus.set({ channels: { Shop__chn: ['Product2', 'PricebookEntry'] } });
    const account = await client.call('GetTopic', { topicName: ACCOUNTS });
    expect(account).toMatchObject({
      topicName: ACCOUNTS,
      canSubscribe: true,
      canPublish: false,
      tenantGuid: `CORE/prod/${simulator.org.identity.organizationId}`,
      schemaId: expect.stringMatching(/^[\w-]{22}$/),
    });
    expect((await client.call('GetTopic', { topicName: '/data/ChangeEvents' }))['schemaId']).toBe('');
    expect((await client.call('GetTopic', { topicName: '/data/Shop__chn' }))['schemaId']).toBe('');
    const schema = await client.call('GetSchema', { schemaId: account['schemaId'] });
    expect(JSON.parse(String(schema['schemaJson']))).toMatchObject({ name: 'AccountChangeEvent' });
  });

  it.each([
    ['an unknown topic', 'GetTopic', { topicName: '/data/accountchangeevent' }, 5, 'topic.not.found'],
    ['a blank schema id', 'GetSchema', { schemaId: '' }, 3, 'schema.validation.failed'],
    ['an unknown schema id', 'GetSchema', { schemaId: 'x'.repeat(22) }, 3, 'schema.validation.failed'],
  ] as const)('refuses %s', async (_name, method, request, code, suffix) => {
    const error = (await client.call(method, request).catch((e: unknown) => e)) as {
      code: number;
      details: string;
      metadata: { get(key: string): unknown[] };
    };
    expect(error.code).toBe(code);
    expect(error.details).toMatch(/ rpcId: [\w-]{36}$/);
    expect(error.metadata.get('error-code')).toEqual([`sfdc.platform.eventbus.grpc.${suffix}`]);
    expect(error.metadata.get('type')).toEqual([method]);
  });

  it('refuses a topic without permission, with either status', async () => {
    simulator.bus.set({ deniedTopics: [ACCOUNTS] });
    await expect(client.call('GetTopic', { topicName: ACCOUNTS })).rejects.toMatchObject({ code: 7 });
    simulator.bus.set({ topicPermissionStatus: 5 });
    expect(await client.subscribe({ topicName: ACCOUNTS }).ended).toMatchObject({ code: 5 });
  });

  it.each(['accesstoken', 'instanceurl', 'tenantid'])('refuses a call with a wrong %s', async (key) => {
    client.metadata.set(key, 'wrong');
    await expect(client.call('GetTopic', { topicName: ACCOUNTS })).rejects.toMatchObject({ code: 16 });
    const error = await client.subscribe({ topicName: ACCOUNTS }).ended;
    expect(error?.code).toBe(16);
    expect(error?.metadata.get('error-code')).toEqual(['sfdc.platform.eventbus.grpc.service.auth.error']);
  });
});

describe('demand', () => {
  it('counts down, never goes past 100, and tells what is left', async () => {
    for (let n = 1; n <= 150; n++) write(rename(n));
    const stream = client.subscribe({ topicName: ACCOUNTS, numRequested: 130 });
    await stream.received(100);
    expect(stream.responses.at(-1)?.pendingNumRequested).toBe(0);
    stream.more(7);
    await stream.received(107);
    stream.more(10, ACCOUNTS);
    await stream.received(117);
    expect(stream.events).toHaveLength(117);
    const [facts] = simulator.pubsub.streams();
    expect(facts).toMatchObject({ preset: 'EARLIEST', maxOutstanding: 130, outstanding: 0, delivered: 117 });
    stream.cancel();
  });

  it('is refused at zero, and on another topic', async () => {
    const none = await client.subscribe({ topicName: ACCOUNTS, numRequested: 0 }).ended;
    expect(none?.metadata.get('error-code')).toEqual([
      'sfdc.platform.eventbus.grpc.subscription.fetch.requested.events.invalid',
    ]);
    const stream = client.subscribe({ topicName: ACCOUNTS });
    stream.more(1, '/data/Product2ChangeEvent');
    expect((await stream.ended)?.metadata.get('error-code')).toEqual([
      'sfdc.platform.eventbus.grpc.subscription.fetch.topic.mismatch',
    ]);
  });

  it.each([
    [14, 14],
    [13, 13],
  ] as const)('at zero for too long ends the stream with %i', async (idleCloseStatus, code) => {
    simulator.bus.set({ idleClose: 0.05, idleCloseStatus });
    write(rename(1));
    const stream = client.subscribe({ topicName: ACCOUNTS, numRequested: 1 });
    const error = await stream.ended;
    expect(error?.code).toBe(code);
    expect(error?.metadata.get('error-code')).toEqual([]);
    expect(stream.events).toHaveLength(1);
  });
});

describe('positions', () => {
  it('LATEST, EARLIEST and behind a replay id of 10 or 8 bytes', async () => {
    write(rename(1), rename(2), rename(3));
    const all = await client.subscribe({ topicName: ACCOUNTS, replayPreset: EARLIEST }).received(3);
    const [first, second] = all.events;
    expect(first?.replayId).toHaveLength(10);
    for (const replayId of [second?.replayId, second?.replayId.subarray(0, 8)]) {
      const rest = await client
        .subscribe({ topicName: ACCOUNTS, replayPreset: CUSTOM, replayId: replayId as Buffer })
        .received(1);
      expect(rest.events[0]?.replayId).toEqual(all.events[2]?.replayId);
    }
    simulator.bus.set({ keepAliveEvery: 0.02 });
    const latest = client.subscribe({ topicName: ACCOUNTS, replayPreset: LATEST });
    await latest.until(({ responses }) => responses.length > 0);
    write(rename(4));
    await latest.received(1);
    expect((await client.decode(latest.events[0]!)).ChangeEventHeader.recordIds).toEqual([idOf('001', 4)]);
    expect(latest.events).toHaveLength(1);
  });

  it.each([
    ['none', Buffer.alloc(0), 'replayid.validation.failed'],
    ['of a wrong length', Buffer.alloc(5), 'replayid.corrupted'],
    ['from the future', Buffer.from('000000ffffffffff0000', 'hex'), 'replayid.corrupted'],
    ['from before the bus began', Buffer.from('00000000000000010000', 'hex'), 'replayid.corrupted'],
  ])('refuses a replay id: %s', async (_name, replayId, suffix) => {
    write(rename(1));
    const error = await client.subscribe({ topicName: ACCOUNTS, replayPreset: CUSTOM, replayId }).ended;
    expect(error?.code).toBe(3);
    expect(error?.metadata.get('error-code')).toEqual([
      `sfdc.platform.eventbus.grpc.subscription.fetch.${suffix}`,
    ]);
  });

  it('keeps events for 72 hours and refuses older positions', async () => {
    write(rename(1));
    const old = await client.subscribe({ topicName: ACCOUNTS }).received(1);
    simulator.org.clock.advance(73 * 3_600_000);
    await client.signIn(simulator);
    write(rename(2));
    const earliest = await client.subscribe({ topicName: ACCOUNTS }).received(1);
    expect((await client.decode(earliest.events[0]!)).ChangeEventHeader.recordIds).toEqual([idOf('001', 2)]);
    const replayId = old.events[0]!.replayId;
    const error = await client.subscribe({ topicName: ACCOUNTS, replayPreset: CUSTOM, replayId }).ended;
    expect(error).toMatchObject({ code: 3, details: expect.stringContaining('retention window') });
  });

  it('keep-alives move the position on, but never past an event that is held back', async () => {
    simulator.bus.set({ keepAliveEvery: 0.02 });
    const stream = client.subscribe({ topicName: ACCOUNTS });
    await stream.until(({ keepAlives }) => keepAlives.length >= 2);
    const [one, two] = stream.keepAlives;
    expect(Buffer.compare(one!.latestReplayId, two!.latestReplayId)).toBe(-1);
    expect(two!.pendingNumRequested).toBe(100);
    simulator.bus.set({ holdEvents: true });
    write(rename(1));
    const seen = stream.responses.length;
    await stream.until(({ responses }) => responses.length >= seen + 3);
    expect(stream.events).toHaveLength(0);
    const replayId = stream.responses.at(-1)!.latestReplayId;
    simulator.bus.set({ holdEvents: false });
    await stream.received(1);
    const resumed = client.subscribe({ topicName: ACCOUNTS, replayPreset: CUSTOM, replayId });
    expect((await resumed.received(1)).events[0]?.event.id).toBe(stream.events[0]?.event.id);
  });
});

describe('channels', () => {
  it('carry their objects in commit order, each event with its own schema', async () => {
    simulator.bus.set({ channels: { Shop__chn: ['Product2', 'Account'] }, entities: ['PricebookEntry'] });
    const product: Edit = { op: 'update', object: 'Product2', id: idOf('01t', 1), fields: { Name: 'x' } };
    const price: Edit = {
      op: 'update',
      object: 'PricebookEntry',
      id: idOf('01u', 1),
      fields: { UnitPrice: 1 },
    };
    write(product, price, rename(1));
    const shop = await client.subscribe({ topicName: '/data/Shop__chn' }).received(2);
    const decoded = await Promise.all(shop.events.map((event) => client.decode(event)));
    expect(decoded.map(({ ChangeEventHeader: h }) => [h.entityName, h.sequenceNumber])).toEqual([
      ['Product2', 1],
      ['Account', 3],
    ]);
    expect(new Set(shop.events.map(({ event }) => event.schemaId)).size).toBe(2);
    const standard = await client.subscribe({ topicName: '/data/ChangeEvents' }).received(1);
    expect((await client.decode(standard.events[0]!)).ChangeEventHeader.entityName).toBe('PricebookEntry');
    expect((await client.subscribe({ topicName: ACCOUNTS }).ended)?.code).toBe(5);
  });
});
