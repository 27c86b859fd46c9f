import { mirroredObjectNames, mirroredObjects, type Clock, type Log } from '@umbra/domain';
import { repeat, type PrometheusMeter, type Repeated } from '@umbra/platform';
import type { Store } from '@umbra/store';

/** Lag and holes are read from partial indexes; an alarm on them should not wait for a minute. */
const STREAM_EVERY_MS = 5_000;
/** Counting what waits aside reads an index; the oldest row of a table reads all of it. */
const PARKED_EVERY_MS = 60_000;
const OLDEST_EVERY_MS = 5 * 60_000;
/** An alarm on a missing partition comes within a minute. */
const STRAYS_EVERY_MS = 30_000;

export interface SampleOptions {
  readonly meter: PrometheusMeter;
  readonly clock: Clock;
  readonly log: Log;
  /** Our clock's instant by the source's clock: ages of commits are told by the clock that dated them. */
  readonly sourceTime: (ours: Date) => Date;
}

/** Metrics that nobody reports because nothing happens: they are looked up in PostgreSQL now and then. */
export function sampleShadow(
  store: Store,
  { meter, clock, log, sourceTime }: SampleOptions,
): readonly Repeated[] {
  return [
    repeat({
      name: 'sample-stream',
      everyMs: STREAM_EVERY_MS,
      clock,
      log,
      run: async () => {
        const now = sourceTime(clock.now()).getTime();
        await sampleLag(store, meter, now);
        await sampleHoles(store, meter);
        await sampleCoverage(store, meter, now);
        await sampleDrift(store, meter);
      },
    }),
    repeat({
      name: 'sample-parked',
      everyMs: PARKED_EVERY_MS,
      clock,
      log,
      run: () => sampleParked(store, meter),
    }),
    repeat({
      name: 'sample-strays',
      everyMs: STRAYS_EVERY_MS,
      clock,
      log,
      run: () => sampleStrays(store, meter, log),
    }),
    repeat({
      name: 'sample-oldest-rows',
      everyMs: OLDEST_EVERY_MS,
      clock,
      log,
      run: () => sampleOldestRows(store, meter),
    }),
  ];
}

/** A reason that nothing waits for any more has no row to say so: all series are dropped first. */
async function sampleParked(store: Store, meter: PrometheusMeter): Promise<void> {
  const counts = await store.shadow.parkedCounts();
  meter.reset('sf_shadow_parked');
  for (const { object, reason, count } of counts)
    if (reason !== 'deleted') meter.gauge('sf_shadow_parked', { object, reason }, count);
}

async function sampleLag(store: Store, meter: PrometheusMeter, now: number): Promise<void> {
  const oldest = await store.changeLog.oldestUnapplied();
  for (const object of mirroredObjectNames) {
    const committedAt = oldest.get(object);
    const lag = committedAt === undefined ? 0 : (now - Date.parse(committedAt)) / 1_000;
    meter.gauge('sf_shadow_lag_seconds', { table: mirroredObjects[object].table }, Math.max(0, lag));
  }
}

async function sampleHoles(store: Store, meter: PrometheusMeter): Promise<void> {
  const holes = await store.ledger.openHoles();
  meter.reset('sf_shadow_holes');
  for (const [object, own] of Map.groupBy(holes, (hole) => hole.object))
    for (const [cause, { length }] of Map.groupBy(own, (hole) => hole.cause))
      meter.gauge('sf_shadow_holes', { object, cause }, length);
}

async function sampleCoverage(store: Store, meter: PrometheusMeter, now: number): Promise<void> {
  for (const object of mirroredObjectNames) {
    const coveredAt = await store.reads.coveredAt(object);
    if (coveredAt === undefined) continue;
    const age = (now - coveredAt.getTime()) / 1_000;
    meter.gauge('sf_shadow_covered_age_seconds', { object }, Math.max(0, age));
  }
}

/** From the stored reports, so that it is true after a restart and whoever compared. */
async function sampleDrift(store: Store, meter: PrometheusMeter): Promise<void> {
  const reports = (await store.upkeep.latest()).filter(({ kind }) => kind.startsWith('reconcile'));
  for (const [object, own] of Map.groupBy(reports, ({ subject }) => subject)) {
    const newest = own.reduce((one, other) => (other.finishedAt > one.finishedAt ? other : one));
    const { driftRows } = newest.report as { readonly driftRows?: number };
    if (driftRows !== undefined) meter.gauge('sf_shadow_drift_rows', { object }, driftRows);
  }
}

/** Events that the default partitions had to catch are stored and applied, but cannot leave the log by their day. */
async function sampleStrays(store: Store, meter: PrometheusMeter, log: Log): Promise<void> {
  const strays = await store.streamLog.strays();
  meter.gauge('sf_raw_log_strays', {}, strays);
  if (strays > 0) log.error({ stored: strays }, 'events stand in no partition of their day');
}

async function sampleOldestRows(store: Store, meter: PrometheusMeter): Promise<void> {
  for (const { table, ageSeconds } of await store.inspection.oldestRows())
    if (ageSeconds !== undefined) meter.gauge('sf_shadow_oldest_row_age_seconds', { table }, ageSeconds);
}
