import { describe, expect, it } from '@jest/globals';
import { isDirty } from '@umbra/domain';
import { buildProduct2, recordId } from '@umbra/testing';
import { MemoryWorld } from '../../test/world/memory-world.ts';
import { StaleReadGuard } from '../refresh/stale-read-guard.ts';
import { readRecords } from '../refresh/refresh-records.ts';

const id = recordId('01t', 1);
const MINUTE = 60_000;

async function streaming(): Promise<MemoryWorld> {
  const world = new MemoryWorld();
  world.start();
  await world.pass(100);
  await world.round();
  return world;
}

describe('records that events left incomplete', () => {
  it.each(['gap', 'diff'] as const)('are read after a %s, and are whole then', async (telling) => {
    const world = await streaming();
    world.writer.save(id, { Name: 'one' }, 'told');
    await world.round();
    world.writer.save(id, { Name: 'two', Description: 'three' }, telling);
    await world.pass(500);
    expect(world.shadow.all().map(({ state }) => isDirty(state))).toEqual([true]);
    await world.round();
    expect(world.shadow.all().map(({ state }) => isDirty(state))).toEqual([false]);
    expect(world.differences()).toEqual([]);
    await world.stop();
  });

  it('are asked for again while Salesforce does not show them, and count as absent in the end', async () => {
    const world = await streaming();
    world.writer.save(id, { Name: 'one' }, 'gap');
    const row = world.org.tableOf('Product2').get(id);
    world.org.tableOf('Product2').delete(id);
    for (let minute = 0; minute < 10; minute++) {
      await world.pass(MINUTE);
      await world.round();
      expect(world.shadow.records.get(id)?.state.alive).toBe(true);
    }
    const asked = world.org.steps.filter(({ call }) => call === 'select').length;
    expect(asked).toBeGreaterThan(3);
    expect(asked).toBeLessThanOrEqual(11);
    world.org.put(row ?? {});
    for (let minute = 0; minute < 2; minute++) {
      await world.pass(MINUTE);
      await world.round();
    }
    expect(world.differences()).toEqual([]);
    world.org.tableOf('Product2').delete(id);
    world.writer.release();
    await world.stop();
  });

  it('that stay invisible are taken for deleted after a quarter of an hour', async () => {
    const world = await streaming();
    world.writer.save(id, { Name: 'one' }, 'gap');
    world.org.tableOf('Product2').delete(id);
    for (let minute = 0; minute < 18; minute++) {
      await world.pass(MINUTE);
      await world.round();
    }
    expect(world.shadow.records.get(id)?.state.alive).toBe(false);
    await world.stop();
  });
});

describe('a row that is older than its stamp claims', () => {
  it('is read again, not applied and not dropped, and is taken as it is in the end', async () => {
    const world = await streaming();
    world.writer.save(id, { Name: 'one' }, 'told');
    await world.pass(10_000);
    const outdated = world.org.tableOf('Product2').get(id) ?? buildProduct2({ Id: id });
    world.writer.save(id, { Name: 'two' }, 'told');
    await world.pass(10_000);
    await world.log.samplePositions();
    await world.pass(6 * MINUTE);
    const current = world.org.tableOf('Product2').get(id) ?? outdated;
    const counted = { requeues: 0, timeouts: 0 };
    const guard = new StaleReadGuard({
      changes: world.log,
      clock: world.clock,
      onRequeue: () => counted.requeues++,
      onTimeout: () => counted.timeouts++,
    });
    const { mirror } = world.worker.apply;
    const read = () => readRecords(mirror, world.org, 'Product2', [id], { guard });
    world.org.put(outdated);
    expect(await read()).toMatchObject({ read: 0, outdated: [id] });
    expect(world.shadow.records.get(id)?.state.leaves['Name']).toBe('two');
    world.org.put(current);
    expect(await read()).toMatchObject({ read: 1, outdated: [] });
    world.org.put(outdated);
    expect(await read()).toMatchObject({ outdated: [id] });
    await world.pass(16 * MINUTE);
    expect(await read()).toMatchObject({ read: 1, outdated: [] });
    expect(counted).toEqual({ requeues: 2, timeouts: 1 });
    await world.stop();
  });
});
