import { restDateTime } from '../data/base-time.ts';
import type { ObjectTable } from './object-table.ts';
import type { DeletedRecord } from './org.ts';
import type { TableView } from './table-view.ts';

/** Live rows created or changed in [start, end), epoch ms. */
export function updatedIds(view: TableView, start: number, end: number): string[] {
  const id = view.column('Id');
  const stamp = view.column('SystemModstamp');
  const from = restDateTime(start);
  const to = restDateTime(end);
  const ids: string[] = [];
  for (const ordinal of view.touchedSince(start) ?? view.ordinals()) {
    if (!view.has(ordinal)) continue;
    const at = String(stamp(ordinal));
    if (at >= from && at < to) ids.push(String(id(ordinal)));
  }
  return ids;
}

/** Rows in the bin that were deleted in [start, end), epoch ms. */
export function deletedRecords(
  table: ObjectTable,
  view: TableView,
  seq: number,
  start: number,
  end: number,
): DeletedRecord[] {
  if (table.counts.binned === 0) return [];
  const deleted: DeletedRecord[] = [];
  for (const ordinal of view.ordinals({}, true)) {
    const { presence, deletedAt } = table.fullStateAt(ordinal, seq);
    if (presence !== 'bin' || deletedAt < start || deletedAt >= end) continue;
    deleted.push({
      id: table.renderId(ordinal),
      deletedDate: restDateTime(Math.floor(deletedAt / 1000) * 1000),
    });
  }
  return deleted;
}
