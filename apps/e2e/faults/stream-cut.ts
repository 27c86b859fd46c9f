import { setTimeout as pause } from 'node:timers/promises';
import type { FaultCase } from './fault-case.ts';

/** Rows 1 and 2: the stream is cut, and the stream only looks alive. */
export const streamCut: readonly FaultCase[] = [
  {
    row: 1,
    title: 'stream reset again and again',
    tier: 'test',
    seeds: 3,
    through: ['pubsub'],
    async drive({ arena, chance, figure, load, pressure }) {
      const cuts = pressure.name === 'test' ? 5 : 10;
      const [low, high] = pressure.name === 'test' ? [100, 600] : [500, 3_000];
      const running = await load(120);
      for (let cut = 0; cut < cuts; cut++) {
        await pause(chance.between(low, high));
        arena.proxies.pubsub.reset();
      }
      figure('changes', await running.end());
      figure('cuts', cuts);
    },
  },
];
