import { UmbraError } from '@umbra/domain';
import { recordId } from '@umbra/testing';
import { runNightly, type NightlyReport } from '../../src/index.ts';
import { MemoryWorld } from './memory-world.ts';
import { TOPIC, type Telling } from './org-writer.ts';
import { chance } from './schedule.ts';

/** A row of docs/faults.md that can be played inside one process. */
export interface FaultLife {
  readonly row: number;
  readonly fault: string;
  /** Breaks something while changes are made. @returns what is wrong already */
  readonly trouble: (life: Life) => Promise<readonly string[]>;
}

export interface Life {
  readonly world: MemoryWorld;
  readonly random: () => number;
  /** A whole number below `count`. */
  readonly below: (count: number) => number;
  /** Changes, creates or removes a record. */
  readonly edit: (telling?: Telling) => void;
}

const RECORDS = 8;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LEAVES = ['Name', 'Description', 'Item_Class__c', 'VPN_Region__c'];

/** A mirror that is whole, with the worker that keeps it so. */
async function mirrored(): Promise<MemoryWorld> {
  const world = new MemoryWorld();
  world.start();
  for (let n = 1; n <= RECORDS; n++) world.writer.save(recordId('01t', n), { Name: 'first' }, 'told');
  await world.round();
  await world.backfill();
  await minutes(world, 4);
  return world;
}

/** A worker looks around all the time: what it knows of the past are its own samples. */
async function minutes(world: MemoryWorld, count: number): Promise<void> {
  for (let minute = 0; minute < count; minute++) {
    await world.pass(MINUTE);
    await world.round();
  }
}

function editing(world: MemoryWorld, random: () => number): Life['edit'] {
  return (telling = 'told') => {
    const id = recordId('01t', 1 + Math.floor(random() * RECORDS));
    if (random() < 0.15) return world.writer.remove(id, telling);
    const leaf = LEAVES[Math.floor(random() * LEAVES.length)] ?? 'Name';
    world.writer.save(id, { [leaf]: `v${String(Math.floor(random() * 1e9))}` }, telling);
  };
}

/**
 * One life: a whole mirror, changes, the fault among them, changes, quiet.
 * @param plant lets a test put a defect into the world, for showing that it would be found
 * @returns what differs at the end or is claimed wrongly, and what was wrong on the way
 */
export async function liveThrough(
  { trouble }: Pick<FaultLife, 'trouble'>,
  seed: number,
  plant: (world: MemoryWorld) => void = () => undefined,
): Promise<string[]> {
  const random = chance(seed);
  const world = await mirrored();
  plant(world);
  world.bus.perMessage = 1 + Math.floor(random() * 9);
  const edit = editing(world, random);
  const below = (count: number): number => Math.floor(random() * count);
  for (let n = 0; n < 4; n++) edit();
  const problems = [...(await trouble({ world, random, below, edit }))];
  edit();
  await world.round();
  try {
    await world.settle();
    problems.push(...world.differences(), ...(await world.overclaims()));
  } catch (error) {
    problems.push(String(error), ...world.differences());
  }
  await world.stop();
  return problems;
}

/** Some rounds of changes, with something in between. */
async function rounds(
  { below, edit, world }: Life,
  count: number,
  between: (round: number) => void,
  telling: () => Telling = () => 'told',
): Promise<void> {
  for (let round = 0; round < count; round++) {
    for (let n = 1 + below(4); n > 0; n--) edit(telling());
    between(round);
    await world.pass(below(3_000));
    if (below(2) === 0) await world.round();
  }
}

function nightly({ world }: Life): Promise<NightlyReport> {
  const options = { signal: new AbortController().signal, objects: ['Product2'] } as const;
  return world.during(() => runNightly(world.worker.repair, options));
}

/** The numbering of commits goes on: whatever came late, twice or vaguely has begun no new one. */
const sameEpoch = ({ world }: Life): string[] =>
  world.log.raises.map((reason) => `a new epoch: ${JSON.stringify(reason)}`);

/** Rows 1 to 14: what the bus may do. */
export const busLives: readonly FaultLife[] = [
  {
    row: 1,
    fault: 'streams that end again and again',
    async trouble(life) {
      await rounds(life, 8, () => life.world.bus.end('SF_STREAM_ENDED'));
      return sameEpoch(life);
    },
  },
  {
    row: 2,
    fault: 'streams that fall silent',
    async trouble(life) {
      await rounds(life, 4, () => life.world.bus.end('SF_STREAM_SILENT'));
      return sameEpoch(life);
    },
  },
  {
    row: 4,
    fault: 'a suffix once more, under new replay ids',
    async trouble(life) {
      await rounds(life, 6, () => life.world.bus.repeat(TOPIC, 1 + life.below(20)));
      return sameEpoch(life);
    },
  },
  {
    row: 5,
    fault: 'events out of order',
    async trouble(life) {
      const { random, world } = life;
      const between = (): void => (random() < 0.5 ? world.writer.release() : undefined);
      await rounds(life, 8, between, () => (random() < 0.4 ? 'late' : 'told'));
      world.writer.release();
      return sameEpoch(life);
    },
  },
  {
    row: 6,
    fault: 'events that are never published',
    async trouble(life) {
      for (let n = 1 + life.below(4); n > 0; n--) life.edit('untold');
      await minutes(life.world, 20);
      await nightly(life);
      return [];
    },
  },
  {
    row: 7,
    fault: 'gaps in place of changes, and texts as diffs',
    async trouble(life) {
      const { random } = life;
      const telling = (): Telling => (random() < 0.5 ? 'gap' : random() < 0.5 ? 'diff' : 'told');
      await rounds(life, 5, () => undefined, telling);
      return sameEpoch(life);
    },
  },
  {
    row: 8,
    fault: 'overflows',
    async trouble(life) {
      await rounds(
        life,
        3,
        () => undefined,
        () => (life.random() < 0.4 ? 'overflow' : 'told'),
      );
      return sameEpoch(life);
    },
  },
  {
    row: 9,
    fault: 'wildcards after a conversion',
    async trouble(life) {
      await rounds(
        life,
        3,
        () => undefined,
        () => (life.random() < 0.4 ? 'wildcard' : 'told'),
      );
      const stars = life.world.shadow.all().filter(({ state }) => state.recordId.includes('*'));
      return [...stars.map(({ state }) => `a record ${state.recordId}`), ...sameEpoch(life)];
    },
  },
  {
    row: 10,
    fault: 'away for longer than events are kept',
    async trouble({ below, edit, world }) {
      await world.stop();
      const length = 73 * HOUR + below(100) * HOUR;
      for (let n = 0; n < 6; n++) {
        edit();
        await world.pass(length / 6);
      }
      world.expire(below(3));
      world.start();
      await world.round();
      const latest = world.bus.starts.filter(({ kind }) => (kind as string) === 'latest');
      return latest.map(() => 'a stream that began with the latest event');
    },
  },
  {
    row: 10,
    fault: 'away for too long, and half of the reads that make up for it fail',
    async trouble(life) {
      const { edit, random, world } = life;
      await world.stop();
      for (let n = 0; n < 6; n++) {
        edit();
        await world.pass(13 * HOUR);
      }
      world.expire(0);
      world.start();
      world.org.onStep = () => {
        if (random() < 0.5) throw new UmbraError('SF_UNAVAILABLE', 'an HTML page');
      };
      await minutes(world, 5);
      for (let n = 0; n < 6; n++) {
        await world.repair();
        await minutes(world, 5);
      }
      world.org.onStep = () => undefined;
      return [];
    },
  },
  {
    row: 11,
    fault: 'replay ids that two events share',
    async trouble(life) {
      const { bus } = life.world;
      bus.sharedReplayIds = () => life.random() < 0.5;
      await rounds(life, 6, () => (life.random() < 0.3 ? bus.end('SF_STREAM_ENDED') : undefined));
      bus.sharedReplayIds = () => false;
      return [];
    },
  },
  {
    row: 12,
    fault: 'an org that moves: all numbers begin anew',
    async trouble(life) {
      life.world.migrate();
      await rounds(life, 4, () => undefined);
      const { raises } = life.world.log;
      return raises.length === 1 ? [] : [`${String(raises.length)} new epochs`];
    },
  },
  {
    row: 13,
    fault: 'events that nobody can read, for a while or ever',
    async trouble(life) {
      const { bus } = life.world;
      await rounds(
        life,
        3,
        () => undefined,
        () => (life.random() < 0.3 ? 'undecodable' : 'told'),
      );
      if (life.random() < 0.5) bus.schemas.set('s-hidden', bus.schemas.get('s1') ?? '');
      return sameEpoch(life);
    },
  },
  {
    row: 14,
    fault: 'events of a new shape in mid-stream',
    async trouble(life) {
      const { bus, writer } = life.world;
      await rounds(life, 2, () => undefined);
      const known = JSON.parse(bus.schemas.get('s1') ?? '') as { entityName: string; leaves: string[] };
      bus.schemas.set('s2', JSON.stringify({ ...known, leaves: [...known.leaves, 'Added__c'] }));
      await rounds(life, 4, () => (writer.shape = life.random() < 0.7 ? 's2' : 's1'));
      return sameEpoch(life);
    },
  },
];

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

export const faultLives: readonly FaultLife[] = [...busLives, ...readLives, ...workerLives];
