import { describe, expect, it } from '@jest/globals';
import { recordId } from '@umbra/testing';
import { MemoryWorld } from '../../test/world/memory-world.ts';
import { TOPIC } from '../../test/world/org-writer.ts';

const id = (n: number): string => recordId('01t', n);

async function streaming(): Promise<MemoryWorld> {
  const world = new MemoryWorld();
  world.start();
  await world.pass(100);
  await world.round();
  return world;
}

/** A dozen minutes of changes; the numbers of the same org begin anew behind them. */
async function restartNumbers(world: MemoryWorld): Promise<void> {
  for (let round = 0; round < 12; round++) {
    world.writer.save(id(1), { Name: `n${String(round)}` }, 'told');
    await world.pass(60_000);
    await world.round();
  }
  const facts = world.org.facts;
  world.writer.migrate();
  world.org.facts = facts;
}

const causes = (world: MemoryWorld): string[] => world.ledger.holes.map(({ cause }) => cause);

describe('a subscriber', () => {
  it('begins at the earliest event, and resumes behind what is stored', async () => {
    const world = await streaming();
    world.writer.save(id(1), { Name: 'one' }, 'told');
    await world.pass(200);
    world.bus.end('SF_STREAM_ENDED');
    await world.pass(5_000);
    world.writer.save(id(1), { Name: 'two' }, 'told');
    await world.round();
    expect(world.bus.starts.map(({ kind }) => kind)).toEqual(['earliest', 'after']);
    expect(world.stored.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(0);
    expect(world.differences()).toEqual([]);
    await world.stop();
  });

  it('stores an event once, whether its commit was acknowledged or not', async () => {
    const world = await streaming();
    let faults = 2;
    world.log.fault = (step, when) => step === 'append' && when === 'after' && faults-- > 0;
    world.writer.save(id(1), { Name: 'one' }, 'told');
    await world.pass(10_000);
    world.log.fault = () => false;
    await world.round();
    expect(world.log.changes).toHaveLength(1);
    expect(world.differences()).toEqual([]);
    await world.stop();
  });

  it('absorbs a suffix that comes again and an event that comes late, without a new epoch', async () => {
    const world = await streaming();
    world.writer.save(id(1), { Name: 'one' }, 'told');
    world.writer.save(id(1), { Name: 'late' }, 'late');
    world.writer.save(id(1), { Description: 'on time' }, 'told');
    await world.round();
    world.writer.release();
    world.bus.repeat(TOPIC, 3);
    await world.round();
    expect(world.log.raises).toEqual([]);
    expect(world.log.outOfOrder).toBe(1);
    expect(world.log.changes).toHaveLength(3);
    expect(world.differences()).toEqual([]);
    await world.stop();
  });

  it('raises the epoch once for a refused position, from the earliest event, never from the latest', async () => {
    const world = await streaming();
    world.writer.save(id(1), { Name: 'one' }, 'told');
    await world.round();
    await world.backfill();
    world.writer.save(id(2), { Name: 'lost' }, 'untold');
    world.bus.expire();
    await world.pass(5_000);
    expect(world.log.raises).toEqual(['replay-refused']);
    expect(world.bus.starts.at(-1)).toEqual({ kind: 'earliest' });
    expect(causes(world)).toEqual(['replay-rejected']);
    await world.settle();
    expect(world.log.raises).toHaveLength(1);
    expect(world.differences()).toEqual([]);
    await world.stop();
  });

  it('takes a topic that never had a position for lost after longer than the bus remembers', async () => {
    const world = new MemoryWorld();
    world.bus.nameless = true;
    world.start();
    await world.round();
    await world.backfill();
    await world.round();
    for (const hours of [71, 73]) {
      await world.stop();
      world.writer.save(id(hours), { Name: 'in vain' }, 'untold');
      await world.pass(hours * 3_600_000);
      world.start();
      await world.round();
      await world.round();
      expect(world.log.raises).toEqual(hours < 72 ? [] : ['replay-refused']);
    }
    expect(new Set(world.bus.starts.map(({ kind }) => kind))).toEqual(new Set(['earliest']));
    expect((await world.ledger.openHoles()).map(({ cause }) => cause)).toContain('replay-rejected');
    await world.settle();
    expect(world.differences()).toEqual([]);
    await world.stop();
  });

  it('begins with a hole when the last proof ends before its own', async () => {
    const world = new MemoryWorld();
    world.start();
    await world.backfill();
    await world.stop();
    world.writer.save(id(1), { Name: 'meanwhile' }, 'untold');
    await world.pass(2 * 3_600_000);
    world.start();
    await world.pass(100);
    await world.round();
    expect(await world.ledger.openHoles()).toMatchObject([{ cause: 'replay-rejected', scope: 'object' }]);
    await world.settle();
    expect(world.differences()).toEqual([]);
    expect(world.log.raises).toEqual([]);
    await world.stop();
  });

  it('raises it once when the org has moved, however the move shows', async () => {
    const world = await streaming();
    world.writer.save(id(1), { Name: 'one' }, 'told');
    await world.round();
    world.writer.migrate();
    world.bus.end('SF_STREAM_ENDED');
    await world.pass(3 * 3_600_000);
    expect(world.log.raises).toEqual(['org-changed']);
    expect(world.orgMoves).toBe(1);
    world.writer.save(id(1), { Name: 'two' }, 'told');
    await world.settle();
    expect(world.differences()).toEqual([]);
    expect(world.log.raises).toHaveLength(1);
    await world.stop();
  });

  it('tries again until it is raised, before it resumes in the org that has moved', async () => {
    const world = await streaming();
    world.writer.save(id(1), { Name: 'one' }, 'told');
    await world.round();
    world.writer.migrate();
    let faults = 3;
    world.log.fault = (step, when) => step === 'raise' && when === 'before' && faults-- > 0;
    const starts = world.bus.starts.length;
    await world.pass(125 * 60_000);
    expect(faults).toBe(-1);
    expect(world.log.raises).toEqual(['org-changed']);
    expect(world.bus.starts.slice(starts)).toEqual([{ kind: 'earliest' }]);
    await world.stop();
  });

  it('raises it when numbers begin anew in the same org', async () => {
    const world = await streaming();
    await restartNumbers(world);
    world.writer.save(id(1), { Name: 'small number' }, 'told');
    await world.round();
    expect(world.log.raises).toEqual(['numbers-restarted']);
    await world.settle();
    expect(world.differences()).toEqual([]);
    expect(world.log.raises).toHaveLength(1);
    await world.stop();
  });

  it.each(['a raise that fails', 'a process that dies before it'] as const)(
    'sees it again after %s, though nothing else comes',
    async (misfortune) => {
      const world = await streaming();
      await restartNumbers(world);
      let faults = 1;
      world.log.fault = (step, when) => step === 'raise' && when === 'before' && faults-- > 0;
      world.writer.save(id(1), { Name: 'small number' }, 'told');
      if (misfortune === 'a raise that fails') await world.pass(60_000);
      else {
        while (faults > 0) await world.pass(10);
        await world.stop();
        world.start();
        await world.pass(60_000);
      }
      expect(world.log.raises).toEqual(['numbers-restarted']);
      await world.settle();
      expect(world.differences()).toEqual([]);
      await world.stop();
    },
  );

  it('keeps an unreadable event, lets the others pass, and reads it when its schema is back', async () => {
    const world = await streaming();
    await world.backfill();
    world.writer.save(id(1), { Name: 'hidden' }, 'undecodable');
    world.writer.save(id(2), { Name: 'seen' }, 'told');
    await world.round();
    expect(world.shadow.all().map(({ state }) => state.recordId)).toEqual([id(2)]);
    expect(await world.ledger.openHoles()).toMatchObject([{ cause: 'undecodable', scope: 'object' }]);
    world.bus.schemas.set('s-hidden', world.bus.schemas.get('s1') ?? '');
    await world.pass(20_000);
    await world.round();
    await world.round();
    expect(await world.ledger.openHoles()).toEqual([]);
    expect(world.log.raises).toEqual([]);
    expect(world.differences()).toEqual([]);
    await world.stop();
  });

  it('declares a silence, and closes it when the accepted resume has come past it', async () => {
    const world = await streaming();
    world.bus.end('SF_STREAM_SILENT');
    await world.pass(5_000);
    expect(causes(world)).toEqual(['stream-silent']);
    await world.pass(20_000);
    await world.round();
    expect(await world.ledger.openHoles()).toEqual([]);
    await world.stop();
  });

  it('waits while the deliveries of the day are used up', async () => {
    const world = await streaming();
    world.bus.end('SF_STREAM_ALLOCATION');
    await world.pass(1_000);
    expect(world.states.at(-1)).toBe('waiting-for-allocation');
    await world.pass(16 * 60_000);
    await world.round();
    expect(world.states.at(-1)).toBe('streaming');
    await world.stop();
  });

  it('stops storing when a newer owner has the topic, and waits for its turn', async () => {
    const world = await streaming();
    await world.log.acquire(TOPIC, ['Product2'], 'worker-1', 3_600);
    const lease = await world.log.acquire(TOPIC, ['Product2'], 'worker-1', 1);
    await world.log.release({ streamId: 1, topic: TOPIC, owner: 'worker-1', fence: lease?.fence ?? 0n });
    await world.log.acquire(TOPIC, ['Product2'], 'other', 3_600);
    world.writer.save(id(1), { Name: 'one' }, 'told');
    await world.pass(1_000);
    expect(world.log.changes).toEqual([]);
    expect(world.states.at(-1)).toBe('waiting-for-lease');
    await world.stop();
    expect(world.states.at(-1)).toBe('stopped');
  });
});
