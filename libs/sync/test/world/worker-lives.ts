import { recordId } from '@umbra/testing';
import { MINUTE, RECORDS, rounds, sameEpoch, type FaultLife } from './fault-life.ts';
import type { MemoryWorld } from './memory-world.ts';

/** @returns what was stored under a fence after a newer one: it fills as time passes */
function oneWriter({ log }: MemoryWorld): readonly string[] {
  const found: string[] = [];
  const append = log.append.bind(log);
  let newest = 0n;
  log.append = async (lease, batch) => {
    const stored = await append(lease, batch);
    if (lease.fence < newest) found.push(`stored under fence ${String(lease.fence)} after ${String(newest)}`);
    else newest = lease.fence;
    return stored;
  };
  return found;
}

/** Rows 34 to 55: workers that end, stores that fail, records that nobody likes. */
export const workerLives: readonly FaultLife[] = [
  {
    row: 34,
    fault: 'a worker that is killed at any step',
    async trouble(life) {
      const { below, random, world } = life;
      for (let kill = 0; kill < 4; kill++) {
        world.killAfter(1 + below(80), random() < 0.5);
        await rounds(life, 2, () => undefined);
        await world.stop();
        world.start();
      }
      return sameEpoch(life);
    },
  },
  {
    row: 35,
    fault: 'an owner that stood still while another took over',
    async trouble(life) {
      const { edit, world } = life;
      const outOfTurn = oneWriter(world);
      const zombie = world.worker;
      await rounds(life, 1, () => undefined);
      zombie.life.suspend();
      // Received, and about to be stored when it goes on.
      edit();
      await world.pass(2 * MINUTE);
      world.start();
      await rounds(life, 3, () => undefined);
      await world.pass(MINUTE);
      zombie.life.resume();
      await rounds(life, 2, () => undefined);
      zombie.stopping.abort();
      await world.pass(MINUTE);
      return [...outOfTurn, ...sameEpoch(life)];
    },
  },
  {
    row: 38,
    fault: 'nobody is nudged',
    async trouble(life) {
      life.world.nudged = false;
      await rounds(life, 5, () => undefined);
      return sameEpoch(life);
    },
  },
  {
    row: 42,
    fault: 'commits of which nobody knows whether they happened',
    async trouble(life) {
      const { random, world } = life;
      world.log.fault = () => random() < 0.2;
      await rounds(life, 6, () => undefined);
      world.log.fault = () => false;
      return sameEpoch(life);
    },
  },
  {
    row: 46,
    fault: 'one commit in five is set back',
    async trouble(life) {
      const { random, world } = life;
      world.log.fault = (_step, when) => when === 'before' && random() < 0.2;
      await rounds(life, 6, () => undefined);
      world.log.fault = () => false;
      return sameEpoch(life);
    },
  },
  {
    row: 48,
    fault: 'a third of all changes on one record',
    async trouble(life) {
      const { below, world } = life;
      const hot = (): void => {
        for (let n = 0; n < 20; n++)
          world.writer.save(recordId('01t', 1), { Description: `hot ${String(below(1e9))}` }, 'told');
      };
      await rounds(life, 5, hot);
      return sameEpoch(life);
    },
  },
  {
    row: 49,
    fault: 'a record whose merge throws',
    async trouble(life) {
      const { below, world } = life;
      const poison = recordId('01t', 1 + below(RECORDS));
      world.shadow.refuses = (id) => id === poison;
      await rounds(life, 5, () => undefined);
      world.shadow.refuses = () => false;
      return sameEpoch(life);
    },
  },
  {
    row: 51,
    fault: 'a database that takes nothing for a while',
    async trouble(life) {
      const { below, world } = life;
      world.log.fault = (_step, when) => when === 'before';
      await rounds(life, 5, () => undefined);
      await world.pass(below(60) * 1_000);
      world.log.fault = () => false;
      return sameEpoch(life);
    },
  },
  {
    row: 55,
    fault: 'texts at the edge of what can be written down',
    async trouble(life) {
      const { below, world } = life;
      const texts = ['a\u0000b', 'half \ud83d of a pair', '\udc00', 'ё漢👩‍👩‍👧\\"\n'.repeat(500), '\\u0000'];
      const strange = (): void => {
        const Description = texts[below(texts.length)] ?? null;
        world.writer.save(recordId('01t', 1 + below(RECORDS)), { Description }, 'told');
      };
      await rounds(life, 5, strange);
      return sameEpoch(life);
    },
  },
];
