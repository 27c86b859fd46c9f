import { describe, expect, it } from '@jest/globals';
import { buildProduct2, recordId } from '@umbra/testing';
import { MemoryWorld } from '../../test/world/memory-world.ts';
import { sweepIds, type SweepResult } from './id-sweep.ts';

const id = (n: number): string => recordId('01t', n);

async function mirrored(count: number): Promise<MemoryWorld> {
  const world = new MemoryWorld();
  for (let n = 1; n <= count; n++) world.org.put(buildProduct2({ Id: id(n) }));
  world.start();
  await world.round();
  await world.backfill();
  return world;
}

async function swept(world: MemoryWorld, confirmed = false): Promise<SweepResult> {
  const { signal } = new AbortController();
  return sweepIds(world.worker.repair, 'Product2', { signal, confirmed });
}

function vanish(world: MemoryWorld, ...numbers: readonly number[]): void {
  for (const n of numbers) world.org.tableOf('Product2').delete(id(n));
}

describe('id sweep', () => {
  it('finds what went without a word, and proves deletions', async () => {
    const world = await mirrored(10);
    vanish(world, 2, 5, 9);
    expect(await swept(world)).toEqual({ kind: 'complete', listed: 7, absent: 3 });
    expect(world.differences()).toEqual([]);
    expect(await world.ledger.intervals('Product2', 'deletes')).toMatchObject([{ from: null, via: 'sweep' }]);
    await world.stop();
  });

  it('halts when more would go than can be believed, and goes on when people say so', async () => {
    const world = await mirrored(20);
    vanish(world, 1, 2, 3, 4, 5, 6);
    expect(await swept(world)).toEqual({ kind: 'halted', missing: 6, living: 20 });
    expect(world.shadow.all().every(({ state }) => state.alive)).toBe(true);
    expect(await world.ledger.intervals('Product2', 'deletes')).toEqual([]);
    expect(await swept(world, true)).toMatchObject({ kind: 'complete', absent: 6 });
    await world.stop();
  });

  it('spares a record that was created while it ran', async () => {
    const world = await mirrored(5);
    let created = false;
    world.org.onStep = async ({ call }) => {
      if (call !== 'status' || created) return;
      created = true;
      world.writer.save(id(77), { Name: 'new' }, 'told');
      await world.clock.quiet();
    };
    expect(await swept(world)).toMatchObject({ kind: 'complete', absent: 0 });
    await world.round();
    expect(world.differences()).toEqual([]);
    await world.stop();
  });

  it('asks by id for a record that a replica which is behind does not list', async () => {
    const world = await mirrored(10);
    world.writer.save(id(11), { Name: 'young' }, 'told');
    for (let minute = 0; minute < 7; minute++) {
      await world.pass(60_000);
      await world.round();
    }
    world.org.replica = (object) => new Map([...world.org.tableOf(object)].filter(([one]) => one !== id(11)));
    expect(await swept(world)).toEqual({ kind: 'complete', listed: 10, absent: 0 });
    expect(await world.ledger.openHoles()).toMatchObject([
      { scope: 'record', recordId: id(11), cause: 'gap' },
    ]);
    world.org.replica = (object) => world.org.tableOf(object);
    await world.round();
    expect(await world.ledger.openHoles()).toEqual([]);
    expect(world.differences()).toEqual([]);
    await world.stop();
  });

  it('is worth nothing when the list is incomplete', async () => {
    const world = await mirrored(8);
    world.org.onStep = (step) => {
      if (step.call !== 'page') return;
      const job = world.org.jobs.get(step.jobId);
      if (job !== undefined) world.org.jobs.set(step.jobId, { ...job, rows: job.rows.slice(3) });
    };
    await expect(swept(world)).rejects.toMatchObject({ code: 'SF_BULK_ROW_COUNT' });
    expect(world.shadow.all().every(({ state }) => state.alive)).toBe(true);
    await world.stop();
  });
});
