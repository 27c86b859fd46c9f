import { setTimeout as sleep } from 'node:timers/promises';
import { Watches } from '../harness/measured.ts';
import { growthPerMinute, type Usage } from '../harness/process-usage.ts';
import type { Program } from '../harness/program.ts';
import type { Stage } from '../harness/stage.ts';
import { percentile } from '../harness/contest.ts';
import { Probe, published, publishedFrom } from './probe.ts';

export interface SteadyOptions {
  readonly eventsPerSecond: number;
  readonly seconds: number;
  readonly roundTripMs: number;
}

export interface SteadyResult extends SteadyOptions {
  readonly events: number;
  /** Changes that the simulator owed at the end: the load was not what was asked for. */
  readonly behind: number;
  readonly sampled: number;
  /** Milliseconds from commit to visible. */
  readonly latency: {
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
  };
  readonly usage: Readonly<Record<string, Usage>>;
  /** Bytes per minute, behind the first third; absent for parts or runs too short to tell. */
  readonly growth: Readonly<Record<string, number>>;
  /** Mean bytes of an event. */
  readonly eventBytes: number;
}

/** One event in so many is looked for. */
const SAMPLE = 20;
const LEARN_MS = 50;
const LOOK_MS = 25;
/** Load before the measurement, in which compilers and caches warm up. */
const WARM_UP_SECONDS = 10;
const SETTLE_MS = 120_000;

interface LoadState {
  readonly running: boolean;
  readonly behind: number;
  readonly changes: number;
  readonly failed: number;
  readonly firstFailure: string | null;
}

/** Begins a load of creations with 3 to 8 KB of text, updates as long as their changes, and some deletions. */
export async function startLoad(stage: Stage, changesPerSecond: number, seconds: number): Promise<void> {
  await stage.simulator.control('POST', '/load', { changesPerSecond, seconds, shape: 'mixed' });
}

/** @throws Error when an edit of the load failed */
export async function untilLoadEnds(stage: Stage): Promise<LoadState> {
  for (;;) {
    const state = await stage.simulator.control<LoadState>('GET', '/load');
    if (state.failed > 0) throw new Error(`an edit of the load failed: ${state.firstFailure}`);
    if (!state.running) return state;
    await sleep(50);
  }
}

/** Steady load for some time, and how long each sampled change takes to become visible. */
export async function runSteady(
  stage: Stage,
  worker: Program,
  options: SteadyOptions,
): Promise<SteadyResult> {
  const { eventsPerSecond, roundTripMs, seconds } = options;
  const { simulator } = stage;
  await simulator.control('PATCH', '/pubsub/knobs', { roundTrip: roundTripMs });
  await startLoad(stage, eventsPerSecond, WARM_UP_SECONDS);
  await untilLoadEnds(stage);
  const probe = await Probe.open(stage.databaseUrl);
  try {
    const before = await published(simulator);
    const watches = new Watches({
      worker: worker.pid,
      simulator: simulator.pid,
      postgres: stage.postmaster,
      redis: stage.redisPid,
    });
    await startLoad(stage, eventsPerSecond, seconds);
    const told = await follow(stage, probe, before + 1);
    const usage = watches.stop();
    const { behind, changes } = await simulator.control<LoadState>('GET', '/load');
    const latencies = [...probe.latencies].sort((a, b) => a - b);
    const growth = Object.entries(usage).flatMap(([part, { rssBySecond }]) => {
      const slope = growthPerMinute(rssBySecond);
      return slope === undefined ? [] : [[part, slope] as const];
    });
    return {
      ...options,
      events: told.events,
      behind: Math.max(behind, Math.round(eventsPerSecond * seconds) - changes),
      sampled: latencies.length,
      latency: {
        p50: percentile(latencies, 50),
        p95: percentile(latencies, 95),
        p99: percentile(latencies, 99),
        max: percentile(latencies, 100),
      },
      usage,
      growth: Object.fromEntries(growth),
      eventBytes: told.bytes / Math.max(1, told.events),
    };
  } finally {
    await probe.close();
  }
}

/** Learns what is published as it comes, and looks for one in twenty of it, until the load has ended and all is seen. */
async function follow(stage: Stage, probe: Probe, first: number): Promise<{ events: number; bytes: number }> {
  let [next, bytes] = [first, 0];
  let learnAt = 0;
  for (;;) {
    if (performance.now() >= learnAt) {
      const events = await publishedFrom(stage.simulator, next, 5_000);
      for (const event of events) {
        bytes += event.bytes;
        if (event.n % SAMPLE === 0) probe.expect(event);
      }
      next += events.length;
      learnAt = performance.now() + LEARN_MS;
      const { running } = await stage.simulator.control<LoadState>('GET', '/load');
      if (!running && next > (await published(stage.simulator))) break;
    }
    await probe.look();
    await sleep(LOOK_MS);
  }
  await probe.untilSeen(SETTLE_MS);
  return { events: next - first, bytes };
}
