import { describe, expect, it } from '@jest/globals';
import { recordId } from '@umbra/testing';
import { repairObjects, runNightly } from '../src/index.ts';
import { depth, firstSeed } from './depth.ts';
import { MemoryWorld } from './world/memory-world.ts';
import { chance } from './world/schedule.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const RECORDS = 12;
/** Of each kind in the ordinary suite; with `umbraPropertyDepth` a hundred times as many. */
const CASES = 20;

type Trouble = 'outage' | 'overflow' | 'undecodable' | 'untold';

interface Repaired {
  readonly by: string;
  readonly calls: number;
}

/** Repairs until nothing is open, noting what each repair cost. */
async function settle(world: MemoryWorld): Promise<readonly Repaired[]> {
  const repairs: Repaired[] = [];
  for (let round = 0; round < 60; round++) {
    await world.pass(30_000);
    await world.round();
    const result = await world.during(() => repairObjects(world.worker.repair, new AbortController().signal));
    if (result.kind === 'repaired') repairs.push({ by: result.by, calls: result.calls });
    const open = await world.ledger.openHoles();
    if (round >= 12 && open.length === 0 && (await world.log.laggingLanes()).length === 0) return repairs;
  }
  throw new Error(`nothing settles: ${JSON.stringify(await world.pending())}`);
}

async function mirrored(): Promise<MemoryWorld> {
  const world = new MemoryWorld();
  world.start();
  for (let n = 1; n <= RECORDS; n++) world.writer.save(recordId('01t', n), { Name: 'first' }, 'told');
  await world.round();
  await world.backfill();
  for (let minute = 0; minute < 8; minute++) {
    await world.pass(MINUTE);
    await world.round();
  }
  return world;
}

function edit(
  world: MemoryWorld,
  random: () => number,
  telling: 'told' | 'overflow' | 'undecodable' | 'untold',
): void {
  const id = recordId('01t', 1 + Math.floor(random() * RECORDS));
  if (random() < 0.2) world.writer.remove(id, telling);
  else world.writer.save(id, { Name: `v${String(Math.floor(random() * 1e9))}` }, telling);
}

/** One life: changes, one trouble, changes. @returns what is wrong at the end, and what the repairs cost */
async function live(
  trouble: Trouble,
  seed: number,
): Promise<{ wrong: string[]; repairs: readonly Repaired[]; holes: number }> {
  const random = chance(seed);
  const world = await mirrored();
  let repairs: readonly Repaired[] = [];
  if (trouble === 'outage') {
    const length = 5 * MINUTE + random() * random() * 100 * HOUR;
    await world.stop();
    for (let n = 0; n < 6; n++) {
      edit(world, random, 'told');
      await world.pass(length / 6);
    }
    // Salesforce forgets after three days, and refuses the position.
    if (length > 72 * HOUR) world.expire(2);
    world.start();
  } else if (trouble === 'untold') {
    edit(world, random, 'told');
    for (let n = 0; n < 3; n++) edit(world, random, 'untold');
    await world.pass(20 * MINUTE);
    await world.round();
    await world.during(() =>
      runNightly(world.worker.repair, { signal: new AbortController().signal, objects: ['Product2'] }),
    );
  } else {
    for (let n = 0; n < 3; n++) edit(world, random, random() < 0.5 ? trouble : 'told');
    edit(world, random, trouble);
  }
  await world.round();
  edit(world, random, 'told');
  repairs = await settle(world);
  const wrong = [...world.differences(), ...(await world.overclaims())];
  const holes = world.ledger.holes.length;
  await world.stop();
  return { wrong, repairs, holes };
}

describe('outages, gaps and overflows', () => {
  it.each(['outage', 'overflow', 'undecodable', 'untold'] as const)(
    '%s: no hole is left and nothing is lost',
    async (trouble) => {
      const failed: string[] = [];
      const spent = new Map<string, { repairs: number; calls: number }>();
      for (let seed = firstSeed; seed < firstSeed + CASES * depth; seed++) {
        const { repairs, wrong } = await live(trouble, seed);
        if (wrong.length > 0) failed.push(`seed ${String(seed)}: ${wrong.slice(0, 3).join('; ')}`);
        for (const { by, calls } of repairs) {
          const sum = spent.get(by) ?? { repairs: 0, calls: 0 };
          spent.set(by, { repairs: sum.repairs + 1, calls: sum.calls + calls });
        }
      }
      expect(failed).toEqual([]);
      for (const [by, { calls, repairs }] of spent) {
        // A delta by REST and an id sweep; a comparison of every row where a delta does not do.
        expect({ by, perHole: calls / repairs }).toEqual({ by, perHole: expect.any(Number) });
        expect(calls / repairs).toBeLessThan(by === 'full' ? 30 : 20);
        if (depth > 1)
          process.stdout.write(
            `${trouble}: ${String(repairs)} repairs by ${by}, ${(calls / repairs).toFixed(1)} calls each\n`,
          );
      }
    },
    3_600_000,
  );
});

describe('an idle org', () => {
  it('costs less than a call per object and hour over a day, and is proven fresh all the time', async () => {
    const world = await mirrored();
    world.org.steps.length = 0;
    let oldest = 0;
    for (let minute = 0; minute < 24 * 60; minute++) {
      await world.pass(MINUTE);
      await world.round();
      const covered = await world.coveredAt('Product2');
      oldest = Math.max(oldest, world.clock.now().getTime() - (covered?.getTime() ?? 0));
      if (minute === 16 * 60)
        await world.during(() =>
          runNightly(world.worker.repair, { signal: new AbortController().signal, objects: ['Product2'] }),
        );
    }
    const calls = world.org.steps.filter(({ call }) => call !== 'rows');
    const probes = calls.filter((step) => 'object' in step && step.object === 'Organization');
    // One look at the org an hour, whatever the number of topics; the rest is the chain of the night.
    expect(probes.length).toBeLessThanOrEqual(25);
    const perObject = calls.length - probes.length;
    expect(probes.length + 3 * perObject).toBeLessThan(3 * 24);
    expect(oldest).toBeLessThan(2 * MINUTE);
    await world.stop();
  }, 120_000);
});
