import type { Clock, Log, Meter } from '@umbra/domain';
import { repeat, type Shutdown } from '@umbra/platform';
import { DegradationLadder, type CallConditions, type LadderReason } from '@umbra/reads';
import type { CallConditions as QueueConditions, Salesforce } from '@umbra/salesforce';
import type { Store } from '@umbra/store';

/** Two failures in a row count, so a lost source is noticed within this time twice. */
const WATCH_EVERY_MS = 2_000;

export interface LadderParts {
  readonly salesforce: Salesforce;
  readonly store: Pick<Store, 'ping'>;
  /** One round trip to Redis. */
  readonly cache: () => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly shutdown: Shutdown;
}

/** The degradation ladder over the sources of this process, watched until the process stops. */
export function openLadder({
  cache,
  clock,
  log,
  meter,
  salesforce,
  shutdown,
  store,
}: LadderParts): DegradationLadder {
  const ladder = new DegradationLadder({
    calls: () => conditionsOf(salesforce.queue.conditions(), clock.now()),
    shadow: () => store.ping(),
    cache,
    clock,
    log,
    meter,
  });
  const watched = repeat({
    name: 'ladder',
    everyMs: WATCH_EVERY_MS,
    clock,
    log,
    run: () => ladder.watch(),
  });
  shutdown.onStop('ladder', () => watched.stop());
  return ladder;
}

/** What the request queue tells, in the words of the ladder. */
export function conditionsOf(queue: QueueConditions, now: Date): CallConditions {
  const { admitted, degradation, exhaustedAt, left } = queue;
  return {
    state: degradation.state === 'degraded' ? 'refused' : degradation.state,
    reason: reasonOf(degradation.reason),
    until: degradation.until === null ? null : new Date(degradation.until),
    left,
    exhaustedInSeconds:
      exhaustedAt === null ? null : Math.max(0, (exhaustedAt.getTime() - now.getTime()) / 1_000),
    admitted,
  };
}

function reasonOf(reason: QueueConditions['degradation']['reason']): LadderReason | null {
  switch (reason) {
    case null:
    case 'breaker-open':
    case 'daily-limit':
    case 'daily-share':
    case 'reserve':
    case 'throttled':
      return reason;
    default:
      return 'credentials';
  }
}
