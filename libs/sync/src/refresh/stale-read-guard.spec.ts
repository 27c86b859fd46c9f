import { describe, expect, it } from '@jest/globals';
import { recordId } from '@umbra/testing';
import { MemoryWorld } from '../../test/world/memory-world.ts';

const id = (n: number): string => recordId('01t', n);
const MINUTE = 60_000;

async function streaming(): Promise<MemoryWorld> {
  const world = new MemoryWorld();
  world.start();
  await world.pass(100);
  await world.round();
  return world;
}

async function minutes(world: MemoryWorld, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute++) {
    await world.pass(MINUTE);
    await world.round();
  }
}

const known = (world: MemoryWorld, n: number) => world.shadow.records.get(id(n))?.state;

describe('a page from a replica that lags behind', () => {
  it('leaves its outdated rows dirty, and what the rows before were; reads by id put them right', async () => {
    const world = await streaming();
    for (const n of [1, 2]) world.writer.save(id(n), { Name: 'one', Description: 'kept' }, 'told');
    await minutes(world, 10);
    await world.backfill();
    world.writer.save(id(1), { Name: 'two' }, 'told');
    await minutes(world, 7);
    world.replicaLag = 9 * MINUTE;
    await world.backfill();
    expect(world.requeues).toBe(1);
    expect(known(world, 1)).toMatchObject({ leaves: { Name: 'two', Description: 'kept' } });
    expect(known(world, 1)?.gapSince).not.toBeNull();
    expect(known(world, 2)?.gapSince).toBeNull();
    await minutes(world, 1);
    expect(known(world, 1)?.gapSince).not.toBeNull();
    world.replicaLag = 0;
    await minutes(world, 2);
    expect(known(world, 1)?.gapSince).toBeNull();
    expect(world.timeouts).toBe(0);
    expect(world.differences()).toEqual([]);
    await world.stop();
  });

  it('is right about rows that are older than changes above its stamp only', async () => {
    const world = await streaming();
    world.writer.save(id(1), { Name: 'one', Description: 'before' }, 'told');
    await minutes(world, 10);
    // Not told: only a read can bring it.
    world.writer.save(id(1), { Description: 'untold' }, 'untold');
    await minutes(world, 10);
    const { onStep } = world.org;
    world.org.onStep = async (step) => {
      if (step.call !== 'status') return;
      world.org.onStep = onStep;
      world.writer.save(id(1), { Name: 'two' }, 'told');
      await world.pass(1_000);
      await world.round();
    };
    await world.backfill();
    expect(world.requeues).toBe(0);
    expect(known(world, 1)?.leaves).toMatchObject({ Name: 'two', Description: 'untold' });
    expect(world.differences()).toEqual([]);
    await world.stop();
  });
});
