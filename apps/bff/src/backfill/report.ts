import { printable } from '@umbra/platform';
import type { ParkedRecord } from '@umbra/store';
import { driftOf, type BackfillReport, type PlannedObject } from '@umbra/sync';
import { duration, grouped } from './progress.ts';

/** Parked rows that are printed one by one; the rest is for `./umbra ops parked`. */
export const PARKED_SHOWN = 50;

/** What a finished run prints. */
export interface FinishedRun {
  readonly report: BackfillReport;
  /** The longest waiting, at most `PARKED_SHOWN`. */
  readonly parked: readonly ParkedRecord[];
  readonly seconds: number;
}

export function finishedText({ report, parked, seconds }: FinishedRun): string {
  const lines = report.objects.map(
    ({ object, received, landed, parked: aside }) =>
      `${object}: ${grouped(received)} rows received, ${grouped(landed)} in their table, ${grouped(aside)} aside (deleted ones included)`,
  );
  lines.push(`${duration(seconds)} and ${grouped(report.calls)} Salesforce calls, run ${report.run}`);
  lines.push(...parkedLines(report, parked));
  for (const one of report.verification ?? []) {
    const wrong = driftOf([one]);
    lines.push(
      `${one.object} verified: ${grouped(one.checked)} rows compared, ${wrong === 0 ? 'no difference' : `${grouped(wrong)} different`}` +
        (one.changedSince > 0 ? `, ${grouped(one.changedSince)} changed meanwhile` : ''),
    );
    if (one.examples.length > 0) lines.push(`  for example ${one.examples.join(', ')}`);
  }
  if (report.outcome === 'interrupted')
    lines.push('Interrupted. What has landed is kept; continue with --resume.');
  return lines.join('\n');
}

function parkedLines(report: BackfillReport, parked: readonly ParkedRecord[]): readonly string[] {
  const total = report.parked.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return [];
  const lines = [`${grouped(total)} rows wait aside; each comes back by itself once its cause is gone:`];
  for (const { object, reason, count } of report.parked)
    lines.push(`  ${object} ${reason}: ${grouped(count)}`);
  for (const { object, recordId, reason, sku, parentId } of parked)
    lines.push(
      `    ${object} ${recordId} ${reason}${sku === null ? '' : `, SKU ${printable(sku)}`}${parentId === null ? '' : `, parent ${parentId}`}`,
    );
  if (total > parked.length) lines.push(`    and ${grouped(total - parked.length)} more: ./umbra ops parked`);
  return lines;
}

export function planText(planned: readonly PlannedObject[]): string {
  const lines = planned.map(
    ({ object, rows, ranges, calls }) =>
      `${object}: ${rows === null ? 'too many to count in time' : `${grouped(rows)} rows`}, ${ranges.length} ${ranges.length === 1 ? 'job' : 'jobs'}, about ${grouped(calls)} calls`,
  );
  const calls = planned.reduce((sum, one) => sum + one.calls, 0);
  return [...lines, `about ${grouped(calls)} Salesforce calls in all; nothing was changed`].join('\n');
}
