import {
  isUmbraError,
  type Archive,
  type HeldDay,
  type KeptReads,
  type Log,
  type RawLogDays,
  type Tombstones,
} from '@umbra/domain';

export interface RetentionDeps {
  readonly days: RawLogDays;
  readonly archive: Archive;
  readonly kept: KeptReads;
  readonly tombstones: Tombstones;
  readonly log: Log;
  /** Whole days that the raw log stays in the database; longer than anything that may still need it. Default 14. */
  readonly keepDays?: number;
}

export interface RetentionOptions {
  /** Say what would be done, change nothing. */
  readonly dryRun?: boolean;
  /** Raised: stop after the day under way. */
  readonly signal?: AbortSignal;
}

export interface RetainedDay {
  readonly day: string;
  /** `dropped`: it is in the archive, proven, and its tables are gone. Otherwise why not. */
  readonly outcome: 'dropped' | 'due' | HeldDay | 'failed';
  /** Events. */
  readonly rows: number;
  /** Error code of a day that failed. */
  readonly code?: string;
}

export interface RetentionReport {
  readonly dryRun: boolean;
  /** Days whose time is over, oldest first. */
  readonly days: readonly RetainedDay[];
  /** Whether today and the two days that follow have tables. */
  readonly ahead: boolean;
  /** Events moved from the default table into tables of their days, and those that had to stay. */
  readonly strays: { readonly adopted: number; readonly left: number };
  readonly tombstones: number;
  readonly forgotten: { readonly pages: number; readonly reads: number };
}

const KEEP_DAYS = 14;
const TOMBSTONES_AT_ONCE = 1_000;

/**
 * What keeps the database from growing for ever, and what it needs for tomorrow. Safe to stop and to repeat.
 *
 * Promise: a day of the raw log leaves the database only when nothing in it waits to be applied, decoded or repaired,
 * and its file has been read back from the archive and proven equal to the table. A day that cannot be archived stays
 * and is reported; the other days go on. Order: room for tomorrow first, since that must not depend on the archive.
 *
 * @throws UmbraError STORE_UNAVAILABLE when the database is away
 */
export async function runRetention(
  deps: RetentionDeps,
  { dryRun = false, signal }: RetentionOptions = {},
): Promise<RetentionReport> {
  const adopted = dryRun ? 0 : await deps.days.adoptStrays();
  const ahead = dryRun ? true : await deps.days.ensureAhead();
  const days: RetainedDay[] = [];
  for (const day of await deps.days.expired(deps.keepDays ?? KEEP_DAYS)) {
    if (signal?.aborted === true) break;
    days.push(await retain(deps, day, dryRun));
  }
  const tombstones = await purgeTombstones(deps, dryRun, signal);
  const forgotten = await deps.kept.forgetSuperseded(dryRun);
  const left = await deps.days.strays();
  if (left > 0) deps.log.error({ count: left }, 'events stand in no day of the raw log');
  return { dryRun, days, ahead, strays: { adopted, left }, tombstones, forgotten };
}

async function retain(deps: RetentionDeps, day: string, dryRun: boolean): Promise<RetainedDay> {
  const { archive, days, log } = deps;
  const { rows } = await days.size(day);
  const held = await days.heldBy(day);
  if (held !== undefined) {
    log.warn({ day, reason: held }, 'a day of the raw log stays longer');
    return { day, outcome: held, rows };
  }
  if (dryRun) return { day, outcome: 'due', rows };
  try {
    const archived = await days.archive(day, archive);
    await days.verify(archived, archive);
    await days.drop(archived);
    log.info({ day, rows, bytes: archived.bytes }, 'a day of the raw log was archived');
    return { day, outcome: 'dropped', rows };
  } catch (error) {
    if (!isUmbraError(error)) throw error;
    log.error({ err: error, day }, 'a day of the raw log cannot be archived; it stays');
    return { day, outcome: 'failed', rows, code: error.code };
  }
}

async function purgeTombstones(
  { tombstones }: RetentionDeps,
  dryRun: boolean,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (dryRun) return tombstones.purge(0, true);
  let purged = 0;
  for (;;) {
    const gone = await tombstones.purge(TOMBSTONES_AT_ONCE);
    purged += gone;
    if (gone < TOMBSTONES_AT_ONCE || signal?.aborted === true) return purged;
  }
}
