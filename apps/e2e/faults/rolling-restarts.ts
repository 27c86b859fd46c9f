import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../harness/eventually.ts';
import { Front } from '../harness/front.ts';
import { Reader } from '../harness/reader.ts';
import type { App } from '../harness/world.ts';
import type { FaultCase } from './fault-case.ts';

const RESTARTS = 10;
const DRAINED_WITHIN_S = 25;

const paths = [
  '/api/eligibility/0015g0000000001AAA',
  '/api/catalog/internet/plans',
  '/api/catalog/prices?skus=SIM-M',
];

/** Readers that ask without a pause until they are told to stop. @returns what went wrong, and how many asked */
function keepAsking(url: string, key: string, readers: number) {
  const reader = new Reader({ url } as App, key);
  const failed: string[] = [];
  let asked = 0;
  let ended = false;
  const ask = async (n: number): Promise<void> => {
    for (let turn = n; !ended; turn++) {
      const path = paths[turn % paths.length] ?? '/';
      const reply = await reader.get(path).catch((error: unknown) => ({ status: 0, text: String(error) }));
      asked++;
      if (reply.status !== 200) failed.push(`${reply.status} ${reply.text.slice(0, 200)}`);
      await pause(5);
    }
  };
  const all = Array.from({ length: readers }, (_, n) => ask(n));
  return {
    async end(): Promise<{ asked: number; failed: readonly string[] }> {
      ended = true;
      await Promise.all(all);
      return { asked, failed };
    },
  };
}

/** Asks it to end and waits. @returns seconds that it took */
async function drained(app: App): Promise<number> {
  const begun = performance.now();
  assert.equal(await app.child.stop('SIGTERM'), 0, app.child.output);
  return (performance.now() - begun) / 1_000;
}

/** Row 37: releases and moves to other machines, seen from outside as nothing at all. */
export const rollingRestarts: readonly FaultCase[] = [
  {
    row: 37,
    title: 'ten rolling restarts of BFF and worker under load',
    tier: 'torture',
    seeds: 1,
    async drive({ arena, figure, load, startWorker, worker }) {
      let bffs = await Promise.all([arena.startBff(), arena.startBff()]);
      let workers = [worker, await startWorker()];
      const front = await Front.start(bffs);
      const running = await load(600);
      const readers = keepAsking(front.url, arena.key, 4);
      let slowest = 0;
      for (let restart = 0; restart < RESTARTS; restart++) {
        const [oldBff, otherBff] = bffs;
        const [oldWorker, otherWorker] = workers as [App, App];
        const [bff, next] = await Promise.all([arena.startBff(), startWorker()]);
        front.add(bff);
        await eventually('the front sends to the new one', 10_000, async () => {
          assert.ok(front.sends(bff));
        });
        slowest = Math.max(slowest, ...(await Promise.all([drained(oldBff), drained(oldWorker)])));
        front.remove(oldBff);
        bffs = [otherBff, bff];
        workers = [otherWorker, next];
      }
      const { asked, failed } = await readers.end();
      figure('changes', await running.end());
      await front.close();
      figure('requests', asked);
      figure('failed', failed.length);
      figure('slowest drain', slowest, 's');
      const health = await fetch(`${bffs[0]?.url}/health/queues`, {
        headers: { authorization: `Bearer ${arena.key}` },
      });
      const queues = (await health.json()) as { SF_SHADOW_SYNC: { failed: number } };
      for (const bff of bffs) await bff.child.end();
      await workers[0]?.child.end();
      assert.deepEqual(failed.slice(0, 3), []);
      assert.ok(slowest <= DRAINED_WITHIN_S, `drained only after ${slowest} s`);
      assert.equal(queues.SF_SHADOW_SYNC.failed, 0, 'jobs failed');
    },
  },
];
