import { describe, expect, it } from '@jest/globals';
import type { StreamLease } from '@umbra/domain';
import { liveThrough, type FaultLife, type Life } from './world/fault-life.ts';
import { faultLives } from './world/fault-lives.ts';
import type { MemoryWorld } from './world/memory-world.ts';

/** A bug has to show within so many lives. */
const ENOUGH = 25;

interface Planted {
  readonly bug: string;
  /** The fault that brings it to light. */
  readonly life: Pick<FaultLife, 'trouble'>;
  readonly plant: (world: MemoryWorld) => void;
}

function lifeOf(row: number, fault = /./): FaultLife {
  const found = faultLives.find((one) => one.row === row && fault.test(one.fault));
  if (found === undefined) throw new RangeError(`no life of row ${String(row)}`);
  return found;
}

/** Nobody mirrors, and nobody may claim to know what happens meanwhile. */
const unwatched = {
  async trouble({ edit, world }: Life): Promise<readonly string[]> {
    await world.round();
    await world.stop();
    for (let n = 0; n < 6; n++) {
      edit();
      await world.pass(60_000);
    }
    const claimed = await world.overclaims();
    world.start();
    return claimed;
  },
};

const planted: readonly Planted[] = [
  {
    bug: 'the position moves before the events are stored',
    life: lifeOf(1),
    plant: ({ log }) => {
      const append = log.append.bind(log);
      let count = 0;
      log.append = (lease, batch) =>
        append(lease, batch.events.length > 0 && ++count % 4 === 0 ? { ...batch, events: [] } : batch);
    },
  },
  {
    bug: 'the fence is ignored',
    life: lifeOf(35),
    plant: ({ log }) => {
      const acquire = log.acquire.bind(log);
      const append = log.append.bind(log);
      let newest: StreamLease | undefined;
      log.acquire = async (...terms) => {
        const lease = await acquire(...terms);
        newest = lease ?? newest;
        return lease;
      };
      log.append = (lease, batch) => append(newest ?? lease, batch);
    },
  },
  {
    bug: 'a delta proves its interval although its read has failed',
    life: lifeOf(10, /half of the reads/),
    plant: ({ org }) => {
      const select = org.select.bind(org);
      org.select = (...request) => select(...request).catch(() => ({ rows: [], at: org.now, calls: 1 }));
    },
  },
  {
    bug: 'everything is as of now',
    life: unwatched,
    plant: ({ clock, ledger }) => {
      ledger.covered = () => clock.now();
    },
  },
  {
    bug: 'a sweep believes any number of absences',
    life: lifeOf(23),
    plant: ({ shadow }) => {
      shadow.livingCount = () => Promise.resolve(1_000_000);
    },
  },
  {
    bug: 'after an error the stream begins with the latest event',
    life: lifeOf(1),
    plant: ({ bus }) => {
      const open = bus.open.bind(bus);
      bus.open = (topic, start) => {
        const newest = bus.topic(topic).at(-1);
        return open(topic, newest === undefined ? start : { kind: 'after', replayId: newest.replayId });
      };
    },
  },
];

describe('planted bugs', () => {
  it.each(planted.map((one) => [one.bug, one] as const))(
    'are found: %s',
    async (_bug, { life, plant }) => {
      let seed = 1;
      while (seed <= ENOUGH && (await liveThrough(life, seed, plant)).length === 0) seed++;
      expect(seed).toBeLessThanOrEqual(ENOUGH);
      // It was the bug that was found: without it the same life ends well.
      expect(await liveThrough(life, seed)).toEqual([]);
    },
    120_000,
  );
});
