import { isUmbraError, mirroredObjectNames } from '@umbra/domain';
import {
  createLogger,
  databaseSection,
  exitCodeOf,
  exitCodes,
  loadEnv,
  redisSection,
  systemClock,
  type EnvSource,
  type ExitCode,
} from '@umbra/platform';
import { checkRedis, RedisServices, type QueueSnapshot, type RedisServer } from '@umbra/redis';
import { openStore, type Store } from '@umbra/store';
import { comparisonTable, latestComparisons, type ComparisonFacts } from '../latest-comparisons.ts';
import { table, type Output, type Streams } from '../output.ts';

/** A part that could be asked, or the code of why not. */
type Part<T> =
  { readonly state: 'up'; readonly facts: T } | { readonly state: 'down'; readonly code: string };

interface ShadowFacts {
  readonly org: { readonly orgId: string; readonly multiCurrency: boolean } | null;
  readonly objects: readonly {
    readonly object: string;
    readonly living: number;
    readonly coveredAt: string | null;
    readonly parked: Readonly<Record<string, number>>;
  }[];
  readonly runs: readonly {
    readonly run: string;
    readonly state: string;
    readonly objects: readonly string[];
    readonly startedAt: string;
    readonly finishedAt: string | null;
    readonly calls: number;
  }[];
  /** The newest of each kind. */
  readonly comparisons: readonly ComparisonFacts[];
}

interface QueueFacts {
  readonly server: RedisServer;
  readonly queue: QueueSnapshot;
}

/**
 * Where things stand: shadow, coverage, parked records, runs, queue. What cannot be asked is shown as down, and the
 * exit code is that of the first such part. Asks Salesforce nothing.
 */
export async function runStatus(source: EnvSource, output: Output, streams: Streams): Promise<ExitCode> {
  const { env } = loadEnv({ database: databaseSection, redis: redisSection }, source);
  let exitCode: ExitCode = exitCodes.ok;
  const part = async <T>(ask: () => Promise<T>): Promise<Part<T>> => {
    try {
      return { state: 'up', facts: await ask() };
    } catch (error) {
      if (exitCode === exitCodes.ok) exitCode = exitCodeOf(error);
      return { state: 'down', code: isUmbraError(error) ? error.code : 'UNEXPECTED' };
    }
  };
  const postgres = await part(() => shadowFacts(env.database.url.reveal()));
  const redis = await part(() => queueFacts(env.redis.url.reveal(), streams));
  output.answer({ postgres, redis }, () => [...postgresLines(postgres), '', ...redisLines(redis)].join('\n'));
  return exitCode;
}

async function shadowFacts(databaseUrl: string): Promise<ShadowFacts> {
  const store = await openStore({ databaseUrl, applicationName: 'umbra-ops' });
  try {
    const org = await store.org.known();
    const runs = await store.runs.recentRuns(5);
    return {
      org: org === undefined ? null : { orgId: org.orgId, multiCurrency: org.isMultiCurrency },
      objects: await objectFacts(store),
      runs: runs.map((run) => ({
        run: run.id,
        state: run.state,
        objects: run.objects,
        startedAt: run.startedAt.toISOString(),
        finishedAt: run.finishedAt?.toISOString() ?? null,
        calls: run.callsSpent,
      })),
      comparisons: await latestComparisons(store),
    };
  } finally {
    await store.close();
  }
}

async function objectFacts(store: Store): Promise<ShadowFacts['objects']> {
  const counts = await store.shadow.parkedCounts();
  const facts: ShadowFacts['objects'][number][] = [];
  for (const object of mirroredObjectNames) {
    const own = counts.filter((count) => count.object === object && count.reason !== 'deleted');
    facts.push({
      object,
      living: await store.shadow.livingCount(object),
      coveredAt: (await store.reads.coveredAt(object))?.toISOString() ?? null,
      parked: Object.fromEntries(own.map(({ reason, count }) => [reason, count])),
    });
  }
  return facts;
}

async function queueFacts(url: string, streams: Streams): Promise<QueueFacts> {
  const server = await checkRedis({ url });
  const { log } = createLogger({ service: 'ops', level: 'error', sink: streams.stderr });
  const redis = new RedisServices({ url, clock: systemClock, log });
  try {
    return { server, queue: await redis.health.snapshot() };
  } finally {
    await redis.close();
  }
}

function postgresLines(part: Part<ShadowFacts>): readonly string[] {
  if (part.state === 'down') return [`PostgreSQL: down (${part.code})`];
  const { comparisons, org, objects, runs } = part.facts;
  const lines = [`PostgreSQL: up, mirrors ${org === null ? 'no org yet' : `org ${org.orgId}`}`];
  lines.push(
    table(
      ['OBJECT', 'RECORDS', 'PROVEN UP TO', 'ASIDE'],
      objects.map(({ object, living, coveredAt, parked }) => [
        object,
        String(living),
        coveredAt ?? 'no complete backfill yet',
        Object.entries(parked)
          .map(([reason, count]) => `${reason} ${count}`)
          .join(', ') || 'none',
      ]),
    ),
  );
  if (runs.length > 0)
    lines.push(
      '',
      table(
        ['BACKFILL', 'STATE', 'STARTED', 'CALLS', 'OBJECTS'],
        runs.map((run) => [run.run, run.state, run.startedAt, String(run.calls), run.objects.join(',')]),
      ),
    );
  if (comparisons.length > 0) lines.push('', comparisonTable(comparisons));
  return lines;
}

function redisLines(part: Part<QueueFacts>): readonly string[] {
  if (part.state === 'down') return [`Redis: down (${part.code})`];
  const { server, queue } = part.facts;
  const oldest = queue.oldestAgeSeconds === null ? '' : `, the oldest for ${queue.oldestAgeSeconds} s`;
  return [
    `Redis: up, ${server.kind} ${server.version}`,
    `SF_SHADOW_SYNC: ${queue.waiting} waiting${oldest}, ${queue.active} active, ${queue.delayed} delayed, ${queue.failed} failed`,
  ];
}
