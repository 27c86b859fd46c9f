import type { Clock, Log, Meter } from '@umbra/domain';
import type { LaneReport, StoredReport } from '@umbra/sync';

/** A line and the counts of a stored batch. Keep-alives come all the time and say nothing that health does not. */
export function reportStored(report: StoredReport, { log, meter }: { log: Log; meter: Meter }): void {
  if (report.outOfOrder > 0) meter.count('sf_stream_order_violations_total', {}, report.outOfOrder);
  if (report.received === 0) return;
  const { duplicates, outOfOrder, received, stored, topic, undecoded } = report;
  log.info({ topic, received, stored, duplicates, outOfOrder, undecoded }, 'events stored');
}

/** A line and the counts of a batch whose rows are committed and whose cache entries are gone. */
export function reportApplied(
  report: LaneReport,
  { clock, log, meter }: { clock: Pick<Clock, 'now'>; log: Log; meter: Meter },
): void {
  const { aside, changes, lanes, poisoned, took, written } = report;
  const now = clock.now().getTime();
  const bad = new Set(poisoned);
  for (const change of changes) {
    meter.count('sf_shadow_sync_events_total', {
      object: change.object,
      change_type: change.changeType,
      outcome: bad.has(change) ? 'poisoned' : 'applied',
    });
    const seconds = (now - Date.parse(change.committedAt)) / 1_000;
    meter.observe('sf_shadow_commit_to_visible_seconds', {}, Math.max(0, seconds));
  }
  log.info(
    {
      lanes: lanes.length,
      changes: changes.length,
      written,
      aside,
      poisoned: bad.size,
      durationMs: Math.round(took),
    },
    'changes applied',
  );
}
