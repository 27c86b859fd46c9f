import type { Sample } from '../harness/contest.ts';
import { Watches, type Parts } from '../harness/measured.ts';
import type { Stage } from '../harness/stage.ts';
import { published, publishedFrom, type PublishedEvent } from './probe.ts';
import { startLoad, untilLoadEnds } from './steady.ts';

/** One event in so many is looked for, and every one of the last. */
const SAMPLE = 50;
const LAST = 500;
const PAGE = 5_000;
/** Changes per second; the simulator falls behind them, and makes them as fast as it can. */
const BURST = 20_000;

export interface Backlog {
  readonly events: number;
  readonly sample: readonly PublishedEvent[];
}

async function hold(stage: Stage, isHeld: boolean): Promise<void> {
  await stage.simulator.control('PATCH', '/pubsub/knobs', { holdEvents: isHeld });
}

async function publish(stage: Stage, events: number): Promise<Backlog> {
  const before = await published(stage.simulator);
  await startLoad(stage, BURST, events / BURST);
  await untilLoadEnds(stage);
  const end = await published(stage.simulator);
  const sample: PublishedEvent[] = [];
  for (let from = before + 1; from <= end; from += PAGE) {
    const page = await publishedFrom(stage.simulator, from, PAGE);
    sample.push(...page.filter(({ n }) => n % SAMPLE === 0 || n > end - LAST));
  }
  return { events: end - before, sample };
}

/**
 * Lets so many events pile up on the bus, then lets them go at once: the rate of working them off is the rate at which
 * the consumer never waits for the org, whose simulation shares the processors with it.
 * @param prepare is told what is coming; answers with who waits until all of it is done and says when that was
 *   (epoch milliseconds)
 */
export async function workOff(
  stage: Stage,
  events: number,
  parts: Parts,
  prepare: (backlog: Backlog) => Promise<() => Promise<number>>,
): Promise<Sample> {
  await hold(stage, true);
  const backlog = await publish(stage, events);
  const untilDone = await prepare(backlog);
  const watches = new Watches({
    ...parts,
    simulator: stage.simulator.pid,
    postgres: stage.postmaster,
    redis: stage.redisPid,
  });
  const started = Date.now();
  try {
    await hold(stage, false);
    const ended = await untilDone();
    return { seconds: (ended - started) / 1000, units: backlog.events, usage: watches.stop() };
  } finally {
    watches.stop();
  }
}

/** Replay id behind everything published so far, as hex. */
export async function endOfBus(stage: Stage): Promise<string> {
  const [last] = await publishedFrom(stage.simulator, await published(stage.simulator), 1);
  if (last === undefined) throw new Error('nothing has been published yet');
  return last.replayId;
}
