import { mirroredObjectNames, type MirroredObjectName } from '@umbra/domain';
import { editProducts, editRecords } from './edits.ts';
import { MemoryWorld } from './memory-world.ts';
import { topicOf } from './streamed-objects.ts';

/** Reproducible chance. Source: Steele, Vigna: "Computationally easy, spectrally good multipliers", mulberry32. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * One life of a mirror: edits that are told rightly, late, vaguely or illegibly, among resets, refusals, moves of the
 * org, failing commits whose outcome nobody knows, and restarts. Then quiet.
 * @param objects what is edited and mirrored: prices wait for their products and go with them, products hand SKUs over
 * @returns what is wrong at the end, or was claimed wrongly on the way; empty when all is well
 */
export async function runSchedule(
  seed: number,
  plant: (world: MemoryWorld) => void = () => undefined,
  objects: readonly MirroredObjectName[] = mirroredObjectNames,
): Promise<string[]> {
  const random = chance(seed);
  const fate = chance(seed + 0x5bd1e995);
  const world = new MemoryWorld(objects);
  world.bus.perMessage = 1 + Math.floor(random() * 9);
  plant(world);
  const problems: string[] = [];
  world.start();
  await world.round();
  const edit = (objects.length === 1 ? editProducts : editRecords)(world.writer, random);
  for (let n = 0; n < 5; n++) edit();
  await world.backfill();
  const steps = 15 + Math.floor(random() * 30);
  let faulty = 0;
  world.log.fault = () => faulty > 0 && random() < 0.2 && faulty-- > 0;
  for (let step = 0; step < steps; step++) {
    strike(world, fate);
    await happen(world, random, edit, (count) => (faulty = count));
    problems.push(...(await world.overclaims()).map((one) => `over-claimed at step ${String(step)}: ${one}`));
    if (problems.length > 0) break;
  }
  faulty = 0;
  world.replicaLag = 0;
  if (world.killed) await restart(world);
  else world.killAfter(Infinity, false);
  world.writer.release();
  world.writer.reveal();
  try {
    await world.settle();
    problems.push(...world.differences(), ...(await world.misplaced()), ...(await world.overclaims()));
  } catch (error) {
    problems.push(String(error), ...world.differences());
  }
  await world.stop();
  return problems;
}

async function happen(
  world: MemoryWorld,
  random: () => number,
  edit: () => void,
  fail: (count: number) => void,
): Promise<void> {
  const draw = random();
  if (draw < 0.5) for (let n = 0; n < 3; n++) edit();
  else if (draw < 0.6) world.bus.end('SF_STREAM_ENDED');
  else if (draw < 0.64) world.bus.end('SF_STREAM_SILENT');
  else if (draw < 0.7) {
    for (const object of world.objects) world.bus.repeat(topicOf(object), 1 + Math.floor(random() * 10));
  } else if (draw < 0.75) world.writer.release();
  else if (draw < 0.8) fail(1 + Math.floor(random() * 3));
  else if (draw < 0.83) world.expire(Math.floor(random() * 3));
  else if (draw < 0.86) await restart(world);
  else if (draw < 0.88) world.migrate();
  else if (draw < 0.9) await world.backfill().catch(() => undefined);
  else await world.repair();
  await world.pass(Math.floor(random() * random() * 120_000));
  if (random() < 0.6) await world.round();
}

/** Ends a worker at any of its steps, and lets the org's answers lag behind for as long as they may. */
function strike(world: MemoryWorld, fate: () => number): void {
  if (world.killed) world.start();
  if (fate() < 0.08) world.killAfter(1 + Math.floor(fate() * 120), fate() < 0.5);
  if (fate() < 0.3) world.replicaLag = fate() < 0.5 ? 0 : Math.floor(fate() * world.staleness);
}

async function restart(world: MemoryWorld): Promise<void> {
  await world.stop();
  world.start();
}
