import type { ArchivedDay } from '@umbra/domain';
import { identifier, type Sql } from '../sql.ts';

/** @throws RangeError for anything but a date like `2026-11-20` */
export function dayName(day: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) throw new RangeError('not a day');
  return day;
}

/** The table that holds a day of one of the partitioned tables, attached or not. */
export function dayTable(parent: 'sf_raw_event' | 'sf_change', day: string): Sql {
  return identifier(`${parent}_${dayName(day).replaceAll('-', '')}`);
}

export interface ArchivedDayRow {
  readonly day: string;
  readonly file: string;
  readonly rows: string;
  readonly bytes: string;
  readonly sha256: string;
  readonly fingerprint: string;
  readonly archived_at: Date;
  readonly dropped_at: Date | null;
}

export function archivedDay(row: ArchivedDayRow): ArchivedDay {
  return {
    day: row.day,
    file: row.file,
    rows: Number(row.rows),
    bytes: Number(row.bytes),
    sha256: row.sha256,
    fingerprint: row.fingerprint,
    archivedAt: row.archived_at,
    droppedAt: row.dropped_at,
  };
}
