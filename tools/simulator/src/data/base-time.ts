import { mix } from './mix.ts';
import type { Column } from './column.ts';

/** Computed records were last touched before this instant, so that the same seed gives the same dates for ever. */
export const BASE_TIME = Date.UTC(2025, 5, 1);
const DAY_MS = 86_400_000;
const DAY_SECONDS = 86_400;
/** The oldest record: four years before. */
const OLDEST_DAY = Math.floor((BASE_TIME - 4 * 365 * DAY_MS) / DAY_MS);
const LAST_DAY = Math.floor(BASE_TIME / DAY_MS) - 1;
const DAYS = LAST_DAY - OLDEST_DAY + 1;

const two = (value: number): string => (value < 10 ? `0${value}` : String(value));

/** `2024-01-15T10:30:00.000+0000` */
export function restDateTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}+0000`;
}

/** Text of days and of seconds in a day, prepared once: rendering a date is two look-ups. */
const dayTexts = Array.from({ length: DAYS }, (_, i) => {
  return new Date((OLDEST_DAY + i) * DAY_MS).toISOString().slice(0, 10);
});
const minuteTexts = Array.from(
  { length: 1440 },
  (_, minute) => `T${two(Math.floor(minute / 60))}:${two(minute % 60)}:`,
);
const secondTexts = Array.from({ length: 60 }, (_, second) => `${two(second)}.000`);

function instantText(dayIndex: number, second: number): string {
  return (
    (dayTexts[dayIndex] ?? '') +
    (minuteTexts[Math.floor(second / 60)] ?? '') +
    (secondTexts[second % 60] ?? '')
  );
}

/** Created within the first three years, last touched in the year after that. */
const CREATED_DAYS = DAYS - 366;
const createdDay = (hash: number): number => hash % CREATED_DAYS;
const touchedDay = (created: number, hash: number): number => created + 1 + ((hash >>> 12) % 365);

function instantColumn(dayOf: (hash: number) => number, salt: number, shift: number): Column {
  const secondOf = (hash: number): number => ((hash >>> shift) * 7) % DAY_SECONDS;
  return {
    value: (ordinal) => {
      const hash = mix(salt, ordinal);
      return `${instantText(dayOf(hash), secondOf(hash))}+0000`;
    },
    cell: (ordinal) => {
      const hash = mix(salt, ordinal);
      return `"${instantText(dayOf(hash), secondOf(hash))}Z"`;
    },
  };
}

/** CreatedDate, LastModifiedDate and SystemModstamp of computed records, in whole seconds. */
export function auditDates(
  salt: number,
): Record<'CreatedDate' | 'LastModifiedDate' | 'SystemModstamp', Column> {
  const touched = instantColumn((hash) => touchedDay(createdDay(hash), hash), salt, 5);
  return {
    CreatedDate: instantColumn(createdDay, salt, 3),
    LastModifiedDate: touched,
    SystemModstamp: touched,
  };
}

/** A date within the base years, for custom date fields. */
export function dateColumn(salt: number, share: number): Column {
  const threshold = share * 0x100;
  const text = (ordinal: number): string | null => {
    const hash = mix(salt, ordinal);
    return (hash & 0xff) < threshold ? (dayTexts[(hash >>> 8) % DAYS] ?? null) : null;
  };
  return { value: text, cell: (ordinal) => `"${text(ordinal) ?? ''}"` };
}
