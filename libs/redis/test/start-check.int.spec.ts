import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  FakeClock,
  openTestRedis,
  RecordingLog,
  startOwnRedis,
  testServices,
  type OwnRedis,
} from '@umbra/testing';
import { checkRedis } from '../src/connection/start-check.ts';
import { RedisServices } from '../src/redis.module.ts';

const clock = new FakeClock();

describe('start check against a server', () => {
  let own: OwnRedis | undefined;

  afterEach(async () => {
    await own?.close();
    own = undefined;
  });

  it('accepts the server of the tests', async () => {
    const server = await openTestRedis();
    expect(Number.parseInt((await checkRedis({ url: server.url })).version, 10)).toBeGreaterThanOrEqual(7);
    await server.close();
  });

  it('refuses an evicting policy and says what to do', async () => {
    own = await startOwnRedis({ 'maxmemory-policy': 'allkeys-lru' });
    await expect(checkRedis({ url: own.url })).rejects.toMatchObject({
      code: 'QUEUE_EVICTION_POLICY',
      message: expect.stringContaining('CONFIG SET maxmemory-policy noeviction'),
    });
  });

  it('our producers leave the console to the log, even there', async () => {
    own = await startOwnRedis({ 'maxmemory-policy': 'allkeys-lru' });
    const printed = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const services = new RedisServices({ url: own.url, clock, log: new RecordingLog() });
    await expect(checkRedis({ url: own.url })).rejects.toMatchObject({ code: 'QUEUE_EVICTION_POLICY' });
    await Promise.allSettled([services.health.snapshot()]);
    await services.close();
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });

  it('refuses at once when nobody listens', async () => {
    own = await startOwnRedis();
    await own.kill();
    await expect(checkRedis({ url: own.url })).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
  });

  it('tells a refused password from an absent server', async () => {
    const url = new URL(testServices().redisUrl);
    url.password = 'wrong';
    await expect(checkRedis({ url: url.href })).rejects.toMatchObject({ code: 'QUEUE_CREDENTIALS_REFUSED' });
  });
});
