import { strict as assert } from 'node:assert';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../harness/eventually.ts';
import type { App } from '../harness/world.ts';
import type { Arena } from './arena.ts';
import type { FaultCase } from './fault-case.ts';

/** Whether the process holds every topic. Its pid stands in its name as an owner. */
async function ownsAll({ database }: Arena, { child }: App): Promise<boolean> {
  const [row] = await database.rows<{ all: boolean }>(
    "SELECT bool_and(coalesce(lease_owner, '') LIKE $1) AS all FROM sf_stream",
    [`%.${child.process.pid}.%`],
  );
  return row?.all === true;
}

/** @returns seconds until the process held every topic */
async function takenOver(arena: Arena, heir: App, withinMs: number): Promise<number> {
  const begun = performance.now();
  await eventually('every topic is taken over', withinMs, async () => {
    assert.ok(await ownsAll(arena, heir));
  });
  return (performance.now() - begun) / 1_000;
}

function isSuspended({ process }: App['child']): boolean {
  return /^State:\s+T/m.test(readFileSync(`/proc/${process.pid}/status`, 'utf8'));
}

/** The process answers again: it is asked for its readiness. @returns the status */
async function readiness({ url }: App, withinMs: number): Promise<number | undefined> {
  const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(withinMs) }).catch(
    () => undefined,
  );
  return answer?.status;
}

/** When its log says that what it owns was confirmed, in milliseconds of the epoch. @throws when it does not say so yet */
function confirmationOf({ child }: App): number {
  const line = /"time":"([^"]+)"[^\n]*"leases and lanes confirmed"/.exec(child.output);
  assert.ok(line !== null, 'no confirmation in the log');
  return Date.parse(line[1] ?? '');
}

/** Rows 35 and 36: an owner that stood still, was replaced, and wakes up believing that nothing happened. */
export const zombies: readonly FaultCase[] = [
  ...(['received', 'raw-inserted'] as const).map((point): FaultCase => ({
    row: 35,
    title:
      point === 'received'
        ? 'suspended before it stores what it received'
        : 'suspended within its transaction',
    tier: point === 'received' ? 'test' : 'torture',
    seeds: 3,
    async drive({ arena, chance, figure, load, pressure, startWorker, worker }) {
      const zombie = await startWorker({ UMBRA_STOP_POINT: `${point}:${chance.between(3, 9)}` });
      await worker.child.end();
      const heir = await startWorker();
      const running = await load(300);
      await eventually('the owner stands still', 30_000, async () => {
        assert.ok(isSuspended(zombie.child));
      });
      // Whatever it held when it stopped: the short profile's lease lives 2 s, a transaction that waits 10 s.
      figure('taken over after', await takenOver(arena, heir, 20_000), 's');
      if (pressure.name !== 'test') await pause(chance.between(5_000, 15_000));
      zombie.child.signal('SIGCONT');
      const refusal = point === 'received' ? /SYNC_FENCED/ : /SYNC_FENCED|STORE_UNAVAILABLE/;
      await eventually('the zombie is refused', 20_000, async () => {
        assert.match(zombie.child.output, refusal);
      });
      figure('refused', zombie.child.output.match(new RegExp(refusal, 'g'))?.length ?? 0);
      figure('changes', await running.end());
      await zombie.child.end();
    },
  })),
  {
    row: 36,
    title: 'event loop blocked for longer than its lease',
    tier: 'test',
    seeds: 1,
    async drive({ arena, figure, load, pressure, startWorker, worker }) {
      // The lease lives 2 s. A busy machine's heir looks late, and one that wakes before it was replaced may go on.
      const seconds = pressure.name === 'test' ? 10 : 45;
      const busy = await startWorker({ UMBRA_BLOCK_SECONDS: String(seconds), LOG_LEVEL: 'info' });
      await worker.child.end();
      const running = await load(300);
      await takenOver(arena, busy, 30_000);
      const heir = await startWorker();
      busy.child.signal('SIGUSR2');
      await busy.child.printed(/event loop blocked on request/);
      assert.equal(await readiness(busy, 1_000), undefined);
      figure('taken over after', await takenOver(arena, heir, 20_000), 's');
      // Asked while it is blocked, answered right after that: ready only if PostgreSQL has confirmed before the answer.
      const first = await readiness(busy, (seconds + 10) * 1_000);
      const answeredAt = Date.now();
      const confirmedAt = await eventually('it is confirmed', 30_000, () =>
        Promise.resolve(confirmationOf(busy)),
      );
      if (first === 200) assert.ok(confirmedAt <= answeredAt, 'ready before anything was confirmed');
      else assert.equal(first, 503);
      await eventually('it is ready again', 30_000, async () => {
        assert.equal(await readiness(busy, 5_000), 200);
      });
      figure('changes', await running.end());
      await busy.child.end();
    },
  },
];
