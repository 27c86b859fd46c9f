import { brokenLimits, type SourceCounts, type StreamCounts } from '../checkers/source-limits.ts';
import { overgrown, peak, residentBytes, type Sample } from '../checkers/bounded.ts';
import { lost, publishedEvents, readHoles, storedFingerprints } from '../checkers/no-loss.ts';
import { told, type Named } from '../checkers/silence.ts';
import { fallingVersions } from '../checkers/monotone.ts';
import { writersInTurn } from '../checkers/one-writer.ts';
import { checkpoints, rawInserts, rowWrites } from '../checkers/traces.ts';
import { redisWithoutCache } from '../harness/canaries.ts';
import type { App } from '../harness/world.ts';
import type { Arena } from './arena.ts';
import type { CheckName } from './fault-case.ts';

/** What a checker holds against a trial. */
export interface Verdict {
  /** `case`: what the case asserts by itself. */
  readonly check: CheckName | 'case';
  readonly what: string;
}

export interface Judging {
  /** Of every checker but `equal`, which is waited for. */
  verdict(excused: Partial<Record<CheckName, string>>): Promise<Verdict[]>;
  /** Highest resident size of a worker so far, bytes. */
  peak(): number;
  end(): void;
}

/** Tells of one checker at most so much: the first entries say what is wrong. */
const ENTRIES = 5;

/** Begins to record; what happened before is not judged. */
export async function beginJudging(
  arena: Arena,
  workers: () => readonly (App | undefined)[],
): Promise<Judging> {
  const { org } = arena;
  const rows = arena.database.rows;
  await org.control('DELETE', '/counters');
  const { events } = await org.control<{ events: number }>('GET', '/pubsub/counters');
  const openedAfter = Date.now();
  const samples: Sample[] = [];
  const timer = setInterval(() => void sample(arena, workers()).then((one) => samples.push(one)), 1_000);

  const checks: Record<Exclude<CheckName, 'equal'>, () => Promise<string[]>> = {
    'no-loss': async () => {
      const [published, stored, holes] = await Promise.all([
        publishedEvents(org, events + 1),
        storedFingerprints(rows),
        readHoles(rows),
      ]);
      return lost(published, stored, holes).map(
        ({ entity, n }) => `event ${n} of ${entity} is not in the log`,
      );
    },
    'one-writer': async () => writersInTurn(await checkpoints(rows), await rawInserts(rows)),
    monotone: async () => fallingVersions(await rowWrites(rows)),
    'source-limits': async () => {
      const streams = await org.control<(StreamCounts & { openedAt: number })[]>('GET', '/pubsub/streams');
      const own = streams.filter(({ openedAt }) => openedAt >= openedAfter);
      return brokenLimits(await org.control<SourceCounts>('GET', '/counters'), own);
    },
    bounded: () => Promise.resolve(overgrown(samples)),
    silence: async () => told({ ...printedBy(arena), ...(await leftInRedis(arena)) }, secretsOf(arena)),
  };

  return {
    async verdict(excused) {
      const found: Verdict[] = [];
      for (const [check, judge] of Object.entries(checks) as [CheckName, () => Promise<string[]>][]) {
        if (excused[check] !== undefined) continue;
        for (const what of (await judge()).slice(0, ENTRIES)) found.push({ check, what });
      }
      return found;
    },
    peak: () => peak(samples),
    end: () => clearInterval(timer),
  };
}

/** What lets somebody in. */
function secretsOf({ database, key, org }: Arena): Named {
  return {
    'the client secret of Salesforce': org.env['SF_CLIENT_SECRET'] ?? '',
    'the password of PostgreSQL': new URL(database.url).password,
    'an API key': key,
  };
}

/** Of the servers and the backfill: `ops key add` prints the key that it makes, to whoever asked for it. */
function printedBy({ children }: Arena): Named {
  return Object.fromEntries(
    children
      .filter(({ name }) => name !== 'ops')
      .map(({ name, output, process }) => [`the output of ${name} ${process.pid}`, output]),
  );
}

/** What a trial has done to Redis is over by now. */
async function leftInRedis(arena: Arena): Promise<Named> {
  const keys = [...(await redisWithoutCache(arena))];
  return { 'the keys of Redis': keys.map(([key, value]) => `${key} ${value}`).join('\n') };
}

/** While a server is down it holds nothing. */
async function sample(arena: Arena, workers: readonly (App | undefined)[]): Promise<Sample> {
  const rss: Record<string, number> = {};
  for (const worker of workers) {
    const pid = worker?.child.process.pid;
    const bytes = pid === undefined ? undefined : residentBytes(pid);
    if (bytes !== undefined) rss[`worker ${pid}`] = bytes;
  }
  const activity = await arena.database
    .rows<{ n: number }>(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name LIKE 'umbra-%'",
    )
    .catch(() => []);
  const memory = arena.redis.status === 'ready' ? await arena.redis.info('memory').catch(() => '') : '';
  return {
    atMs: performance.now(),
    rss,
    connections: activity[0]?.n ?? 0,
    redisBytes: Number(/^used_memory:(\d+)/m.exec(memory)?.[1] ?? 0),
  };
}
