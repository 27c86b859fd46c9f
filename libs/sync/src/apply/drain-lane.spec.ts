import { describe, expect, it } from '@jest/globals';
import { isDirty, laneOf, UmbraError } from '@umbra/domain';
import { recordId } from '@umbra/testing';
import { MemoryWorld } from '../../test/world/memory-world.ts';
import type { LaneReport } from './apply-deps.ts';

const id = (n: number): string => recordId('01t', n);

/** A world whose changes are stored and wait: nothing nudges. */
async function stored(
  edits: (world: MemoryWorld) => void,
): Promise<MemoryWorld & { readonly reports: LaneReport[] }> {
  const reports: LaneReport[] = [];
  const world = Object.assign(new MemoryWorld(), { reports });
  world.nudged = false;
  world.alterApply = (deps) => ({ ...deps, onApplied: (report) => reports.push(report) });
  world.start();
  await world.pass(200);
  edits(world);
  await world.pass(200);
  return world;
}

async function drainAll(world: MemoryWorld): Promise<number> {
  let applied = 0;
  for (const { lane } of await world.log.laggingLanes()) applied += await world.drain(lane);
  return applied;
}

describe('a lane', () => {
  it('is applied to its end, each record merged once a batch however many changes it has', async () => {
    const world = await stored(({ writer }) => {
      for (let n = 0; n < 30; n++) writer.save(id(1), { Name: `n${String(n)}` }, 'told');
    });
    expect(await drainAll(world)).toBe(30);
    expect(world.differences()).toEqual([]);
    expect(world.reports).toMatchObject([{ written: 1, poisoned: [], lanes: [laneOf('Product2', id(1))] }]);
    expect(await drainAll(world)).toBe(0);
    await world.stop();
  });

  it('goes on behind a record that cannot be written; that one waits in the ledger until it can', async () => {
    const world = await stored(({ writer }) => {
      for (let n = 1; n <= 40; n++) writer.save(id(n), { Name: 'first' }, 'told');
    });
    world.shadow.refuses = (recordId) => recordId === id(7);
    expect(await drainAll(world)).toBe(40);
    expect(world.shadow.all()).toHaveLength(39);
    expect(await world.ledger.openHoles()).toMatchObject([
      { scope: 'record', cause: 'poison', recordId: id(7) },
    ]);
    expect(world.reports.flatMap(({ poisoned }) => poisoned.map((change) => change.recordId))).toEqual([
      id(7),
    ]);
    world.shadow.refuses = () => false;
    await world.round();
    expect(world.differences()).toEqual([]);
    expect(await world.ledger.openHoles()).toEqual([]);
    await world.stop();
  });

  it('makes poison of the one change that its merge refuses, and a read above it repairs the record', async () => {
    const world = await stored(({ writer }) => {
      for (let n = 1; n <= 10; n++) writer.save(id(n), { Name: 'first' }, 'told');
    });
    await drainAll(world);
    world.writer.save(id(3), { Name: 'poison' }, 'told');
    world.writer.save(id(3), { Description: 'later' }, 'told');
    await world.pass(200);
    // The merge of this very value fails, as a defect in a projection would.
    const { mirror } = world.worker.apply;
    const projector = mirror.projector('Product2');
    const project = projector.project.bind(projector);
    projector.project = (state, revisions) => {
      if (state.leaves['Name'] === 'poison' && state.vGap === '') throw new RangeError('refused');
      return project(state, revisions);
    };
    expect(await drainAll(world)).toBe(2);
    const state = world.shadow.records.get(id(3))?.state;
    expect(state === undefined ? undefined : isDirty(state)).toBe(true);
    expect(state?.leaves).toMatchObject({ Name: 'first', Description: 'later' });
    await world.round();
    expect(world.differences()).toEqual([]);
    await world.stop();
  });

  it('reads the records of an event whose schema is gone', async () => {
    const world = await stored(({ writer }) => writer.save(id(1), { Name: 'one' }, 'told'));
    world.bus.hidden.add('s1');
    await world.stop();
    world.start();
    expect(await drainAll(world)).toBe(1);
    await world.round();
    expect(world.differences()).toEqual([]);
    await world.stop();
  });

  it('is left as it is while the store is away', async () => {
    const world = await stored(({ writer }) => writer.save(id(1), { Name: 'one' }, 'told'));
    world.log.fault = (step) => step === 'lane';
    await expect(drainAll(world)).rejects.toBeInstanceOf(UmbraError);
    world.log.fault = () => false;
    expect(await drainAll(world)).toBe(1);
    await world.stop();
  });

  it('is left to the worker that has it', async () => {
    const world = await stored(({ writer }) => writer.save(id(1), { Name: 'one' }, 'told'));
    const lane = laneOf('Product2', id(1));
    await world.log.withLanes([lane], async () => {
      expect(await world.drain(lane)).toBe(0);
    });
    expect(await world.drain(lane)).toBe(1);
    await world.stop();
  });
});
