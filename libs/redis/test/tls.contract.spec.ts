import { tlsContract } from '@umbra/testing';
import { checkRedis } from '../src/index.ts';

tlsContract({
  name: 'Redis (rediss)',
  connect: (port) => checkRedis({ url: `rediss://:secret@localhost:${port}`, withinMs: 5_000 }),
});
