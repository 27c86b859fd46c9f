import type { Clock, JsonValue, Log } from '@umbra/domain';
import { repeat, type Repeated } from '@umbra/platform';
import { FolderArchive, type Store } from '@umbra/store';
import { runRetention, type RetentionDeps } from '@umbra/sync';

/** Tomorrow's tables are made two days ahead, so an hour is early enough, whatever the nightly chain is doing. */
const AHEAD_EVERY_MS = 60 * 60_000;

export function retentionDeps(store: Store, archiveFolder: string, log: Log): RetentionDeps {
  return {
    days: store.rawLogDays,
    archive: new FolderArchive(archiveFolder),
    kept: store.kept,
    tombstones: store.tombstones,
    log,
  };
}

/** The nightly chain's last step, with what it did as its report. */
export async function nightlyRetention(deps: RetentionDeps, signal: AbortSignal): Promise<JsonValue> {
  const { ahead, days, forgotten, strays, tombstones } = await runRetention(deps, { signal });
  return {
    days: days.map(({ day, outcome, rows }) => ({ day, outcome, rows })),
    ahead,
    strays: { ...strays },
    tombstones,
    forgotten: { ...forgotten },
  };
}

/** Room for the days to come, and for events that found none. Does not wait for the night, nor for Salesforce. */
export function makeRoomAhead(store: Pick<Store, 'rawLogDays'>, clock: Clock, log: Log): Repeated {
  return repeat({
    name: 'room-ahead',
    everyMs: AHEAD_EVERY_MS,
    clock,
    log,
    run: async () => {
      const adopted = await store.rawLogDays.adoptStrays();
      const ahead = await store.rawLogDays.ensureAhead();
      if (adopted > 0) log.warn({ count: adopted }, 'events moved into the day that they belong to');
      if (!ahead) log.error({}, 'a day of the raw log cannot have its own table');
    },
  });
}
