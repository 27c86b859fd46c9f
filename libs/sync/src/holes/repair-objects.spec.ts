import { describe, expect, it } from '@jest/globals';
import { recordId } from '@umbra/testing';
import { MemoryWorld } from '../../test/world/memory-world.ts';
import { repairObjects } from './repair-objects.ts';

const id = (n: number): string => recordId('01t', n);
const MINUTE = 60_000;

async function mirrored(): Promise<MemoryWorld> {
  const world = new MemoryWorld();
  world.start();
  await world.pass(100);
  await world.round();
  for (let n = 1; n <= 4; n++) world.writer.save(id(n), { Name: 'one' }, 'told');
  await world.round();
  await world.backfill();
  return world;
}

const repaired = (world: MemoryWorld) => repairObjects(world.worker.repair, new AbortController().signal);

describe('the repair of an object', () => {
  it('waits until its reads can be stamped above the hole, then reads and sweeps, then closes it', async () => {
    const world = await mirrored();
    world.writer.save(id(1), { Name: 'two' }, 'overflow');
    world.org.tableOf('Product2').delete(id(4));
    await world.round();
    expect(await repaired(world)).toEqual({ kind: 'idle' });
    expect(world.differences()).not.toEqual([]);
    // By then nothing is so young any more that a lagging replica could explain its absence.
    for (let minute = 0; minute < 16; minute++) {
      await world.pass(MINUTE);
      await world.round();
    }
    expect(await repaired(world)).toMatchObject({
      kind: 'repaired',
      object: 'Product2',
      closed: 1,
      by: 'delta',
    });
    expect(world.differences()).toEqual([]);
    expect(await repaired(world)).toEqual({ kind: 'idle' });
    await world.stop();
  });

  it('leaves the object incomplete while the sweep halts', async () => {
    const world = await mirrored();
    world.writer.save(id(1), { Name: 'two' }, 'overflow');
    for (let minute = 0; minute < 6; minute++) {
      await world.pass(MINUTE);
      await world.round();
    }
    for (let n = 1; n <= 4; n++) world.org.tableOf('Product2').delete(id(n));
    expect(await repaired(world)).toEqual({ kind: 'sweep-halted', object: 'Product2' });
    expect(await world.ledger.openHoles()).toHaveLength(1);
    await world.stop();
  });

  it('declares a new column incomplete until a full read has shown it', async () => {
    const world = await mirrored();
    const { Product2 } = world.org.describes;
    if (Product2 === undefined) throw new RangeError('Product2');
    const [{ leaves }] = [JSON.parse(world.bus.schemas.get('s1') ?? '') as { leaves: string[] }];
    const extra = {
      ...(Product2.fields.find(({ name }) => name === 'Description') ?? Product2.fields[0]),
      name: 'New__c',
    };
    world.org.describes['Product2'] = {
      ...Product2,
      fields: [...Product2.fields, extra as (typeof Product2.fields)[number]],
    };
    world.org.put({ ...world.org.tableOf('Product2').get(id(2)), New__c: 'set before any event' });
    world.bus.schemas.set(
      's-hidden',
      JSON.stringify({ entityName: 'Product2', leaves: [...leaves, 'New__c'] }),
    );
    world.writer.save(id(1), { Name: 'two' }, 'undecodable');
    await world.round();
    expect(await world.ledger.openHoles()).toMatchObject([{ cause: 'schema-changed', scope: 'object' }]);
    for (let minute = 0; minute < 6; minute++) {
      await world.pass(MINUTE);
      await world.round();
    }
    expect(await repaired(world)).toMatchObject({ kind: 'repaired', closed: 1 });
    expect(world.shadow.records.get(id(2))?.state.leaves['New__c']).toBe('set before any event');
    expect(world.differences()).toEqual([]);
    await world.stop();
  });
});
