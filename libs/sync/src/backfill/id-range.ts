import { widenRecordId } from '@umbra/domain';

/**
 * Ranges of record ids. An id is a key prefix of three characters and twelve digits in base 62, which run in ASCII
 * order; ids of one object therefore sort like numbers, and a range is cut by arithmetic.
 */
export interface IdRange {
  /** First id of the range; null = unbounded. 18 characters. */
  readonly fromId: string | null;
  /** First id after the range; null = unbounded. */
  readonly toId: string | null;
}

export const wholeObject: IdRange = { fromId: null, toId: null };

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const BASE = 62n;
const LENGTH = 12;

function numberOf(id: string): bigint {
  let value = 0n;
  for (const digit of id.slice(3, 15)) value = value * BASE + BigInt(DIGITS.indexOf(digit));
  return value;
}

function idOf(prefix: string, value: bigint): string {
  let digits = '';
  let rest = value;
  for (let i = 0; i < LENGTH; i++) {
    digits = DIGITS.charAt(Number(rest % BASE)) + digits;
    rest /= BASE;
  }
  return widenRecordId(prefix + digits) ?? prefix + digits;
}

/**
 * Cuts a range into about equal parts. The outermost ends stay as they are, so that records created later belong to a
 * part as well.
 * @param known smallest and largest id of the object now, 18 characters
 * @returns fewer parts than asked for when the range is too narrow; the range itself when it cannot be cut
 */
export function cutRange(
  range: IdRange,
  parts: number,
  known: { readonly first: string; readonly last: string },
): readonly IdRange[] {
  const prefix = known.first.slice(0, 3);
  const low = numberOf(range.fromId ?? known.first);
  const high = range.toId === null ? numberOf(known.last) + 1n : numberOf(range.toId);
  const cuts = new Set<bigint>();
  for (let i = 1n; i < BigInt(parts); i++) {
    const cut = low + ((high - low) * i) / BigInt(parts);
    if (cut > low && cut < high) cuts.add(cut);
  }
  const bounds = [range.fromId, ...[...cuts].map((cut) => idOf(prefix, cut)), range.toId];
  return bounds.slice(1).map((toId, i) => ({ fromId: bounds[i] ?? null, toId }));
}
