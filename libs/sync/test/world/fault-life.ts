import { recordId } from '@umbra/testing';
import { runNightly, type NightlyReport } from '../../src/index.ts';
import { MemoryWorld } from './memory-world.ts';
import type { Telling } from './org-writer.ts';
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

export const RECORDS = 8;
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
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
export async function minutes(world: MemoryWorld, count: number): Promise<void> {
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
export async function rounds(
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

export function nightly({ world }: Life): Promise<NightlyReport> {
  const options = { signal: new AbortController().signal, objects: ['Product2'] } as const;
  return world.during(() => runNightly(world.worker.repair, options));
}

/** The numbering of commits goes on: whatever came late, twice or vaguely has begun no new one. */
export const sameEpoch = ({ world }: Life): string[] =>
  world.log.raises.map((reason) => `a new epoch: ${JSON.stringify(reason)}`);
