import { mirroredObjectNames, type Hole, type StreamStatus } from '@umbra/domain';
import { databaseSection, loadEnv, systemClock, type EnvSource } from '@umbra/platform';
import { openStore, type Store } from '@umbra/store';
import { comparisonTable, latestComparisons, type ComparisonFacts } from '../latest-comparisons.ts';
import { table, type Output } from '../output.ts';

interface Lag {
  readonly objects: readonly {
    readonly object: string;
    readonly lagSeconds: number;
    readonly coveredAgeSeconds: number | null;
  }[];
  readonly streams: readonly {
    readonly topic: string;
    readonly owner: string | null;
    readonly leaseAlive: boolean;
    readonly epoch: number;
    readonly backlog: number;
    readonly newestCommitAt: string | null;
    readonly provenUpTo: string | null;
  }[];
  readonly lanes: number;
  readonly holes: readonly {
    readonly object: string;
    readonly scope: string;
    readonly cause: string;
    readonly from: string;
    readonly openedAt: string;
  }[];
  /** What the nightly and the deep comparisons found last. */
  readonly comparisons: readonly ComparisonFacts[];
}

/**
 * How far the shadow is behind: per object, per topic, what is known to be missing, and what the last comparisons with
 * Salesforce found. Asks PostgreSQL only.
 * @throws UmbraError STORE_*, INPUT_CONFIGURATION
 */
export async function runLag(source: EnvSource, output: Output): Promise<void> {
  const { env } = loadEnv({ database: databaseSection }, source);
  const store = await openStore({ databaseUrl: env.database.url.reveal(), applicationName: 'umbra-ops' });
  try {
    const lag = await readLag(store);
    output.answer(lag, () => lagText(lag));
  } finally {
    await store.close();
  }
}

async function readLag(store: Store): Promise<Lag> {
  const now = systemClock.now().getTime();
  const age = (at: Date): number => Math.max(0, Math.ceil((now - at.getTime()) / 1_000));
  const oldest = await store.changeLog.oldestUnapplied();
  const objects: Lag['objects'][number][] = [];
  for (const object of mirroredObjectNames) {
    const waiting = oldest.get(object);
    const covered = await store.reads.coveredAt(object);
    objects.push({
      object,
      lagSeconds: waiting === undefined ? 0 : age(new Date(waiting)),
      coveredAgeSeconds: covered === undefined ? null : age(covered),
    });
  }
  return {
    objects,
    streams: (await store.streamLog.streams()).map(streamOf),
    lanes: (await store.changeLog.laggingLanes()).length,
    holes: (await store.ledger.openHoles()).map(holeOf),
    comparisons: await latestComparisons(store),
  };
}

function streamOf(stream: StreamStatus): Lag['streams'][number] {
  const { backlog, commitTimestamp, epoch, evidenceAt, leaseAlive, owner, topic } = stream;
  return {
    topic,
    owner,
    leaseAlive,
    epoch,
    backlog,
    newestCommitAt: commitTimestamp,
    provenUpTo: evidenceAt?.toISOString() ?? null,
  };
}

function holeOf({ cause, from, object, openedAt, scope }: Hole): Lag['holes'][number] {
  return { object, scope, cause, from: from.toISOString(), openedAt: openedAt.toISOString() };
}

function lagText({ comparisons, holes, lanes, objects, streams }: Lag): string {
  const parts = [
    table(
      ['OBJECT', 'OLDEST UNAPPLIED', 'PROVEN UNTIL'],
      objects.map(({ coveredAgeSeconds, lagSeconds, object }) => [
        object,
        lagSeconds === 0 ? 'none' : `${lagSeconds} s ago`,
        coveredAgeSeconds === null ? 'nothing proven yet' : `${coveredAgeSeconds} s ago`,
      ]),
    ),
    streams.length === 0
      ? 'No topic has been streamed yet.'
      : table(
          ['TOPIC', 'STREAMED BY', 'EPOCH', 'BACKLOG', 'NEWEST COMMIT', 'PROVEN UP TO'],
          streams.map((stream) => [
            stream.topic,
            stream.leaseAlive ? (stream.owner ?? '') : 'nobody',
            String(stream.epoch),
            String(stream.backlog),
            stream.newestCommitAt ?? '',
            stream.provenUpTo ?? '',
          ]),
        ),
    `${lanes} lanes have changes to apply.`,
    holes.length === 0
      ? 'No hole is open.'
      : table(
          ['HOLE IN', 'SCOPE', 'CAUSE', 'FROM', 'OPENED'],
          holes.map((hole) => [hole.object, hole.scope, hole.cause, hole.from, hole.openedAt]),
        ),
    comparisons.length === 0 ? 'Nothing was compared with Salesforce yet.' : comparisonTable(comparisons),
  ];
  return parts.join('\n\n');
}
