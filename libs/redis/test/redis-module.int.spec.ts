import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { openTestRedis, RecordingLog } from '@umbra/testing';
import type { Clock } from '@umbra/domain';
import {
  CACHE_INVALIDATOR,
  JOB_QUEUE,
  QUEUE_HEALTH,
  REFRESH_REQUESTS,
  RedisModule,
  RedisServices,
  SHARED_CACHE,
} from '../src/index.ts';

const clock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
  sleep: () => Promise.resolve(),
};

describe('RedisModule', () => {
  it('provides one set of services and closes it with the app', async () => {
    const server = await openTestRedis();
    const module = RedisModule.forRoot({ url: server.url, clock, log: new RecordingLog() });
    const app = await NestFactory.createApplicationContext(module, { logger: false });
    const services = app.get(RedisServices);
    expect(app.get(SHARED_CACHE)).toBe(services.cache);
    expect(app.get(CACHE_INVALIDATOR)).toBe(services.cache);
    expect(app.get(JOB_QUEUE)).toBe(services.queue);
    expect(app.get(REFRESH_REQUESTS)).toBe(services.refreshRequests);
    expect(app.get(QUEUE_HEALTH)).toBe(services.health);
    await app.close();
    await expect(services.budget.add(1, {}, null, {})).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    await server.close();
  });
});
