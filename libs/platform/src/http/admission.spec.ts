import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fastify, { type FastifyInstance } from 'fastify';
import { admitOnly } from './admission.ts';

describe('admission', () => {
  let server: FastifyInstance;
  let arrived: number;
  let release: () => void;

  beforeEach(async () => {
    arrived = 0;
    const blocked = new Promise<void>((resolve) => (release = resolve));
    server = fastify();
    admitOnly(server, 2);
    server.get('/api/slow', async () => {
      arrived += 1;
      await blocked;
      return 'done';
    });
    server.get('/api/quick', () => 'done');
    server.get('/health/live', () => 'alive');
    await server.ready();
  });
  afterEach(async () => {
    release();
    await server.close();
  });

  it('refuses what comes above its bound, at once and with a time to come back, and takes the next', async () => {
    const slow = ['/api/slow', '/api/slow'].map(async (url) => (await server.inject(url)).statusCode);
    while (arrived < 2) await new Promise((resolve) => setImmediate(resolve));
    const refused = await server.inject('/api/quick');
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '1']);
    expect(refused.headers['content-type']).toContain('application/problem+json');
    expect(refused.json()).toMatchObject({ code: 'READ_OVERLOADED', status: 503 });
    expect((await server.inject('/health/live')).statusCode).toBe(200);
    release();
    expect(await Promise.all(slow)).toEqual([200, 200]);
    expect((await server.inject('/api/quick')).statusCode).toBe(200);
  });

  it('forgets a client that went away', async () => {
    await server.listen({ host: '127.0.0.1', port: 0 });
    const address = server.server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const away = [new AbortController(), new AbortController()];
    const asked = away.map(({ signal }) =>
      fetch(`http://127.0.0.1:${port}/api/slow`, { signal }).catch(() => undefined),
    );
    while (arrived < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await server.inject('/api/quick')).statusCode).toBe(503);
    for (const each of away) each.abort();
    await Promise.all(asked);
    let status = 503;
    while (status === 503) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      status = (await server.inject('/api/quick')).statusCode;
    }
    expect(status).toBe(200);
  });
});
