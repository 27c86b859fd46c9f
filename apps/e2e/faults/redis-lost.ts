import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import { startOwnRedis } from '@umbra/testing/servers';
import { eventually } from '../harness/eventually.ts';
import { Reader } from '../harness/reader.ts';
import type { FaultCase } from './fault-case.ts';

/** Rows 38 to 40: Redis loses everything, or a part, or has no room. It may cost time and nothing else. */
export const redisLost: readonly FaultCase[] = [
  {
    row: 38,
    title: 'Redis killed and restarted empty under load',
    tier: 'test',
    seeds: 3,
    async drive({ arena, chance, edit, figure, load, pressure }) {
      const losses = pressure.name === 'test' ? 2 : 4;
      const bff = await arena.startBff();
      const reader = new Reader(bff, arena.key);
      const ask = async (): Promise<void> => {
        const { status, text } = await reader.get('/api/eligibility/0015g0000000001AAA');
        assert.equal(status, 200, text);
      };
      const running = await load(300);
      for (let loss = 0; loss < losses; loss++) {
        await edit(1);
        await pause(chance.between(0, 500));
        await arena.redisServer.kill();
        await ask();
        await edit(1);
        await arena.redisServer.start();
        await ask();
      }
      figure('changes', await running.end());
      await bff.child.end();
    },
  },
  {
    row: 38,
    title: 'Redis emptied in the middle of it',
    tier: 'test',
    seeds: 3,
    async drive({ arena, edit, load, pressure }) {
      const running = pressure.name === 'test' ? undefined : await load(300);
      for (let loss = 0; loss < 3; loss++) {
        const editing = edit(5);
        await arena.redis.flushall();
        await editing;
      }
      await running?.end();
      await arena.redis.flushall();
    },
  },
  {
    row: 39,
    title: 'a Redis replica that missed 3 s of writes is promoted',
    tier: 'torture',
    seeds: 3,
    through: ['redis'],
    async drive({ arena, figure, load }) {
      const primary = arena.redisServer;
      const replica = await startOwnRedis({
        'maxmemory-policy': 'noeviction',
        replicaof: `127.0.0.1 ${primary.port}`,
      });
      try {
        const running = await load(300);
        await eventually('the replica follows', 30_000, async () => {
          assert.match(await replica.redis.info('replication'), /master_link_status:up/);
        });
        replica.signal('SIGSTOP');
        await pause(3_000);
        await primary.kill();
        replica.signal('SIGCONT');
        await replica.redis.replicaof('NO', 'ONE');
        arena.proxies.redis.retarget({ host: '127.0.0.1', port: replica.port });
        await pause(5_000);
        figure('changes', await running.end());
      } finally {
        await primary.start();
        arena.proxies.redis.retarget({ host: '127.0.0.1', port: primary.port });
        await replica.close();
      }
    },
  },
  {
    row: 40,
    title: 'Redis without room; the wrong eviction policy',
    tier: 'test',
    seeds: 1,
    async drive({ arena, edit, load, pressure, figure }) {
      const { redis } = arena;
      await redis.config('SET', 'maxmemory', '1mb');
      const running = pressure.name === 'test' ? undefined : await load(8);
      await edit(3);
      if (running !== undefined) figure('changes', await running.done());
      await redis.config('SET', 'maxmemory', '0');
      await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
      const { code, output } = await arena.run('worker', {});
      await redis.config('SET', 'maxmemory-policy', 'noeviction');
      assert.equal(code, 78, output);
    },
  },
];
