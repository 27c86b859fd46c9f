import { expect, it } from '@jest/globals';
import { runSchedule } from './world/schedule.ts';
it.each([11071, 11660])('seed %d', async (seed) => {
  expect(await runSchedule(seed)).toEqual([]);
}, 60000);
