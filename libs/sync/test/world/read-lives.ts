import { UmbraError } from '@umbra/domain';
import { recordId } from '@umbra/testing';
import {
  MINUTE,
  RECORDS,
  minutes,
  nightly,
  rounds,
  sameEpoch,
  type FaultLife,
  type Life,
} from './fault-life.ts';

/** Rows 16 to 28: reads that meet changes, and an org that answers strangely. */
export const readLives: readonly FaultLife[] = [
  {
    row: 16,
    fault: 'a hundred commits on few records within a second',
    trouble({ edit, world }) {
      for (let n = 0; n < 100; n++) edit();
      return world.round().then(() => []);
    },
  },
  {
    row: 17,
    fault: 'a full read while the stream runs',
    async trouble({ edit, random, world }) {
      world.org.onStep = () => (random() < 0.5 ? edit() : undefined);
      await world.backfill();
      world.org.onStep = () => undefined;
      return [];
    },
  },
  {
    row: 18,
    fault: 'pages that break off',
    async trouble(life) {
      await readDespite(life, 'rows', new UmbraError('SF_UNAVAILABLE', 'the page broke off'));
      return [];
    },
  },
  {
    row: 19,
    fault: 'Bulk jobs that are gone',
    async trouble(life) {
      await readDespite(life, 'status', new UmbraError('SF_BULK_JOB_GONE', 'the job is gone'));
      return [];
    },
  },
  {
    row: 21,
    fault: 'commits that show up to eight minutes after their stamp',
    async trouble(life) {
      const { below, world } = life;
      const slow = (): string => recordId('01t', 1 + RECORDS + below(3));
      // A transaction holds the records that it has stamped: nobody else changes them before it is seen.
      for (let n = 1; n <= 3; n++) world.writer.save(recordId('01t', RECORDS + n), { Name: 'idle' }, 'told');
      await minutes(world, 12);
      await nightly(life);
      world.writer.backdated = below(8) * MINUTE;
      for (let n = 1 + below(3); n > 0; n--)
        world.writer.save(slow(), { Name: `slow ${String(n)}` }, 'untold');
      world.writer.backdated = 0;
      await minutes(world, 20);
      await nightly(life);
      return [];
    },
  },
  {
    row: 22,
    fault: 'reads from a replica that is behind',
    async trouble(life) {
      const { below, random, world } = life;
      world.replicaLag = below(world.staleness);
      await rounds(
        life,
        5,
        () => undefined,
        () => (random() < 0.4 ? 'gap' : 'told'),
      );
      world.replicaLag = 0;
      return sameEpoch(life);
    },
  },
  {
    row: 23,
    fault: 'a sweep that sees a third of the rows',
    async trouble(life) {
      const { world } = life;
      for (let n = 1; n <= RECORDS; n++) world.writer.save(recordId('01t', n), { Name: 'here' }, 'told');
      await world.settle();
      const living = (): number => world.shadow.all().filter(({ state }) => state.alive).length;
      const before = living();
      const { replica } = world.org;
      world.org.replica = (object) => new Map([...replica(object)].filter((_, at) => at % 3 === 0));
      const { steps } = await nightly(life);
      world.org.replica = replica;
      const { outcome } = steps['reconcile Product2'] as { outcome: string };
      return [
        ...(outcome === 'halted' ? [] : [`the sweep was ${outcome}`]),
        ...(living() === before ? [] : [`${String(before - living())} tombstones`]),
      ];
    },
  },
  {
    row: 24,
    fault: 'deletes, undeletes, and erasures that no event tells',
    async trouble(life) {
      const { below, world } = life;
      const id = (): string => recordId('01t', 1 + below(RECORDS));
      for (let n = 0; n < 6; n++) {
        world.writer.remove(id(), 'told');
        world.writer.save(id(), { Name: `back ${String(n)}` }, 'told');
      }
      await world.round();
      world.writer.erase(id());
      world.writer.remove(id(), 'untold');
      await minutes(world, 20);
      await nightly(life);
      return [];
    },
  },
  {
    row: 28,
    fault: 'half of all calls fail',
    async trouble(life) {
      const { random, world } = life;
      world.org.onStep = () => {
        if (random() < 0.5) throw new UmbraError('SF_UNAVAILABLE', 'an HTML page');
      };
      await rounds(
        life,
        5,
        () => undefined,
        () => (random() < 0.4 ? 'gap' : 'told'),
      );
      await world.repair();
      world.org.onStep = () => undefined;
      return sameEpoch(life);
    },
  },
];

/** A full read in which a step fails now and then, taken up again until it is complete. */
async function readDespite(
  { random, world }: Life,
  call: 'rows' | 'status',
  failure: UmbraError,
): Promise<void> {
  let failures = 1 + Math.floor(random() * 6);
  world.org.onStep = (step) => {
    if (step.call === call && failures > 0 && random() < 0.7) {
      failures--;
      throw failure;
    }
  };
  for (let again = true; again;) {
    again = await world.backfill().then(
      () => false,
      () => true,
    );
    if (failures === 0 && again) await world.pass(5 * MINUTE);
  }
  world.org.onStep = () => undefined;
}
