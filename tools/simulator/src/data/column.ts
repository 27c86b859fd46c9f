import type { SfValue } from '../org/record.ts';
import { mix, saltOf } from './mix.ts';

/** One field of computed records. */
export interface Column {
  readonly value: (ordinal: number) => SfValue;
  /** Set when every computed record has this value. */
  readonly constant?: SfValue;
  /** The finished CSV cell, from columns that know it cheaper than by their value; undefined: format the value. */
  readonly cell?: ((ordinal: number) => string | undefined) | undefined;
}

/** A CSV cell for text: always quoted, quotes doubled. Null and the empty string are both an empty cell. */
export function textCell(text: string): string {
  return text.includes('"') ? `"${text.replaceAll('"', '""')}"` : `"${text}"`;
}

export const EMPTY_CELL = '""';

/** Makes the columns of one object; every column draws its own chance. */
export interface ColumnMaker {
  salt(field: string): number;
  /** One of the pool, evenly; `share` (0..1) of the records have a value, the others null. */
  pick(field: string, pool: readonly (string | null)[], share?: number): Column;
  /** A whole number in [from, to]. */
  int(field: string, from: number, to: number, share?: number): Column;
  constant(value: SfValue): Column;
  /** One of a few thousand numbers, rendered once. */
  numberOf(numbers: readonly number[], at: (ordinal: number) => number | undefined): Column;
  text(value: (ordinal: number) => string | null): Column;
}

export function columnMaker(seed: number, object: string): ColumnMaker {
  const salt = (field: string): number => saltOf(seed, `${object}.${field}`);
  return {
    salt,
    pick(field, pool, share = 1) {
      const own = salt(field);
      const threshold = share * 0x1_0000;
      const cells = pool.map((text) => textCell(text ?? ''));
      const at = (ordinal: number): number => {
        const hash = mix(own, ordinal);
        return (hash & 0xffff) < threshold ? (hash >>> 16) % pool.length : -1;
      };
      return {
        value: (ordinal) => pool[at(ordinal)] ?? null,
        cell: (ordinal) => cells[at(ordinal)] ?? EMPTY_CELL,
      };
    },
    int(field, from, to, share = 1) {
      const own = salt(field);
      const threshold = share * 0x100;
      return {
        value: (ordinal) => {
          const hash = mix(own, ordinal);
          return (hash & 0xff) < threshold ? from + ((hash >>> 8) % (to - from + 1)) : null;
        },
      };
    },
    constant(value) {
      return { value: () => value, constant: value };
    },
    numberOf(numbers, at) {
      const cells = numbers.map((number) => `"${String(number)}"`);
      return {
        value: (ordinal) => numbers[at(ordinal) ?? -1] ?? null,
        cell: (ordinal) => cells[at(ordinal) ?? -1] ?? EMPTY_CELL,
      };
    },
    text(value) {
      return {
        value,
        cell: (ordinal) => {
          const text = value(ordinal);
          return text === null ? EMPTY_CELL : textCell(text);
        },
      };
    },
  };
}
