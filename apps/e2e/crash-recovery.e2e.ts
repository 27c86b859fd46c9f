import { describe, expect, it } from '@jest/globals';
import { differences } from './checkers/equal.ts';
import { missingEvents } from './checkers/no-loss.ts';
import { edits } from './harness/edits.ts';
import { eventually } from './harness/eventually.ts';
import { sharedWorld } from './harness/shared-world.ts';

/** Where a change passes on its way from the wire to the row, in order. */
const points = [
  'received',
  'raw-inserting',
  'raw-inserted',
  'raw-committed',
  'nudged',
  'lane-locked',
  'merged',
  'rows-written',
  'lane-committed',
  'job-acking',
];

describe('a worker that dies at any point of a change loses nothing', () => {
  let round = 100;

  const world = sharedWorld(async (created) => {
    const worker = await created.startQuickWorker();
    expect(await created.backfill()).toMatchObject({ code: 0 });
    await worker.child.stop();
  });

  it.each(points)(
    '%s',
    async (point) => {
      // The third pass: some of the work is done by then, and some is under way.
      const doomed = await world().startQuickWorker({ UMBRA_KILL_POINT: `${point}:3` });
      for (let n = 0; n < 4; n++, round++) await world().org.transact(edits(round));
      expect(await doomed.child.exited()).toBe('SIGKILL');
      const next = await world().startQuickWorker();
      await eventually('the shadow equals Salesforce', 60_000, async () => {
        expect(await differences(world().database, world().org, false)).toEqual([]);
      });
      expect(await missingEvents(world().database, world().org)).toEqual([]);
      await next.child.stop();
    },
    120_000,
  );
});
