import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../harness/eventually.ts';
import type { FaultCase, Trial } from './fault-case.ts';
import { stored } from './postgres-lost.ts';

/** Where a change passes on its way from the wire to the row, in order: places to die at, in the test build only. */
const pointsOfAChange = [
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
] as const;

/** Where the reading passes that closes a hole. */
const pointsOfARead = ['bulk-job-created', 'delta-closing', 'ledger-closing'] as const;

/** Lets the next worker die there. What the one before left behind is its first work. */
async function dieAt(point: string, pass: number, trial: Trial, press: () => Promise<void>): Promise<void> {
  const doomed = trial.launchDoomed({ UMBRA_KILL_POINT: `${point}:${pass}` });
  await eventually(`a worker dies at ${point}`, 120_000, async () => {
    if (!doomed.running) return;
    await press();
    throw new Error(`it still runs:\n${doomed.output}`);
  });
  assert.equal(await doomed.exited(), 'SIGKILL', doomed.output);
}

/** Row 34: a worker that is gone in the middle of anything, without a word. */
export const killedWorkers: readonly FaultCase[] = [
  {
    row: 34,
    title: 'SIGKILL at each point of a change',
    tier: 'test',
    seeds: 3,
    async drive(trial) {
      const { chance, edit, figure, load, pressure, startWorker, worker } = trial;
      await worker.child.stop('SIGKILL');
      const points = chance.shuffled(pointsOfAChange);
      for (const point of points) {
        // What came while nobody was there is the next one's work, and does not pile up over all of them.
        const running = pressure.name === 'test' ? undefined : await load(2);
        // Not the first pass: some of the work is done by then, and some is under way.
        await dieAt(point, chance.between(2, 6), trial, () => edit(1));
        await running?.done();
      }
      await startWorker();
      figure('kills', points.length);
    },
  },
  {
    row: 34,
    title: 'SIGKILL at each point at which a hole is closed',
    tier: 'test',
    seeds: 3,
    async drive(trial) {
      const { arena, edit, figure, startWorker, worker } = trial;
      await worker.child.stop('SIGKILL');
      const overflow = { object: 'Account', kind: 'overflow' };
      const tear = (): Promise<unknown> => arena.org.control('POST', '/pubsub/unspecific', overflow);
      for (const point of pointsOfARead) {
        await tear();
        await edit(1);
        await dieAt(point, 1, trial, async () => {
          await pause(1_000);
          // A hole of another kind beside it is closed by another read, which passes elsewhere.
          if ((await openHoles(trial)).length === 0) await tear();
        });
      }
      await startWorker();
      await noOpenHole(trial);
      figure('kills', pointsOfARead.length);
    },
  },
  {
    row: 34,
    title: 'SIGKILL at random moments',
    tier: 'test',
    seeds: 3,
    async drive({ arena, chance, edit, figure, load, pressure, startWorker, worker }) {
      const kills = pressure.name === 'test' ? 3 : 6;
      const running = await load(30);
      let current = worker;
      for (let kill = 0; kill < kills; kill++) {
        await edit(1);
        const before = await stored(arena);
        await eventually('events are being stored', 30_000, async () => {
          assert.notEqual(await stored(arena), before);
        });
        await pause(chance.between(0, 400));
        await current.child.stop('SIGKILL');
        current = await startWorker();
      }
      figure('changes', await running.end());
      figure('kills', kills);
    },
  },
];

/** Every hole is closed: the product knows that it is whole again. */
export async function noOpenHole(trial: Pick<Trial, 'arena'>): Promise<void> {
  await eventually('no hole is open', 60_000, async () => {
    assert.deepEqual(await openHoles(trial), []);
  });
}

function openHoles({ arena }: Pick<Trial, 'arena'>): Promise<unknown[]> {
  return arena.database.rows('SELECT object, scope, cause FROM sf_hole WHERE closed_at IS NULL');
}
