/**
 * Record ids and the arithmetic between an id and its ordinal.
 *
 * An id is key prefix (3) + instance (3) + ordinal in base 62 (9), and three characters of checksum that carry the case
 * of the fifteen before. The digits run in ASCII order, so comparing ids as bytes compares ordinals.
 */
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECK = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
/** The instance part that every record of this org carries. */
export const POD = '5g0';
const BASE = 62;
/** The low five digits: the last checksum group covers exactly these. */
const LOW_SPAN = BASE ** 5;

const digitValue = new Int8Array(128).fill(-1);
for (let i = 0; i < BASE; i++) digitValue[DIGITS.charCodeAt(i)] = i;

const isUpper = (char: string): boolean => char >= 'A' && char <= 'Z';

function checksumChar(group: string): string {
  let bits = 0;
  for (let i = 0; i < 5; i++) if (isUpper(group.charAt(i))) bits |= 1 << i;
  return CHECK.charAt(bits);
}

/** The three characters that turn a 15-character id into one of 18. */
export function idChecksum(id15: string): string {
  return checksumChar(id15.slice(0, 5)) + checksumChar(id15.slice(5, 10)) + checksumChar(id15.slice(10, 15));
}

/** 18 characters for 15 or 18; undefined when it is no id at all. The case of an 18-character id is repaired. */
export function widenId(id: string): string | undefined {
  if (!/^(?:[0-9A-Za-z]{15}|[0-9A-Za-z]{18})$/.test(id)) return undefined;
  if (id.length === 15) return id + idChecksum(id);
  const repaired = withCaseOf(id.slice(0, 15), id.slice(15).toUpperCase());
  return repaired === undefined ? undefined : repaired + id.slice(15).toUpperCase();
}

/** The case that the checksum states, whatever the case it came in (spreadsheets lose it). */
function withCaseOf(id15: string, checksum: string): string | undefined {
  let out = '';
  for (let group = 0; group < 3; group++) {
    const bits = CHECK.indexOf(checksum.charAt(group));
    if (bits < 0) return undefined;
    for (let i = 0; i < 5; i++) {
      const char = id15.charAt(group * 5 + i);
      const upper = (bits & (1 << i)) !== 0;
      if (upper && char.toUpperCase() === char.toLowerCase()) return undefined;
      out += upper ? char.toUpperCase() : char.toLowerCase();
    }
  }
  return out;
}

// Two base-62 digits at a time, and the checksum bits that they contribute.
const pairText: string[] = [];
const pairBits = new Uint8Array(BASE * BASE);
for (let high = 0; high < BASE; high++) {
  for (let low = 0; low < BASE; low++) {
    const at = high * BASE + low;
    pairText.push(DIGITS.charAt(high) + DIGITS.charAt(low));
    pairBits[at] = (isUpper(DIGITS.charAt(high)) ? 1 : 0) | (isUpper(DIGITS.charAt(low)) ? 2 : 0);
  }
}

/** Renders ids of one key prefix; a closure, because Bulk renders millions of them. */
export function idRenderer(prefix: string): (ordinal: number) => string {
  const head = prefix + POD;
  const heads = new Map<number, { text: string; check: string }>();
  const headOf = (high: number): { text: string; check: string } => {
    let found = heads.get(high);
    if (found === undefined) {
      let rest = high;
      let digits = '';
      for (let i = 0; i < 4; i++) {
        digits = DIGITS.charAt(rest % BASE) + digits;
        rest = Math.floor(rest / BASE);
      }
      const text = head + digits;
      found = { text, check: checksumChar(text.slice(0, 5)) + checksumChar(text.slice(5, 10)) };
      heads.set(high, found);
    }
    return found;
  };
  return (ordinal) => {
    const high = Math.floor(ordinal / LOW_SPAN);
    const low = ordinal - high * LOW_SPAN;
    const first = Math.floor(low / (BASE * BASE * BASE * BASE));
    const middle = Math.floor(low / (BASE * BASE)) % (BASE * BASE);
    const last = low % (BASE * BASE);
    const bits =
      (isUpper(DIGITS.charAt(first)) ? 1 : 0) | ((pairBits[middle] ?? 0) << 1) | ((pairBits[last] ?? 0) << 3);
    const { text, check } = headOf(high);
    return (
      text +
      DIGITS.charAt(first) +
      (pairText[middle] ?? '') +
      (pairText[last] ?? '') +
      check +
      CHECK.charAt(bits)
    );
  };
}

/** One id; use `idRenderer` in loops. */
export function idOf(prefix: string, ordinal: number): string {
  let rest = ordinal;
  let digits = '';
  for (let i = 0; i < 9; i++) {
    digits = DIGITS.charAt(rest % BASE) + digits;
    rest = Math.floor(rest / BASE);
  }
  const id15 = prefix + POD + digits;
  return id15 + idChecksum(id15);
}

/** Ordinal of an id of this org with this prefix (15 or 18 characters); undefined for any other. */
export function ordinalOf(prefix: string, id: string): number | undefined {
  const wide = widenId(id);
  if (wide === undefined || !wide.startsWith(prefix + POD)) return undefined;
  return digitsToOrdinal(wide);
}

/** Ordinal in an id that is known to be one of this org, whatever its prefix: no checks, for hot loops. */
export function ordinalInId(id: string): number {
  return digitsToOrdinal(id);
}

/**
 * For Id comparisons in queries: the ordinal at which the given text stands or would stand, so that `Id >= x` begins
 * there and `Id < x` ends before it. Compares the first 15 characters, like Salesforce. Foreign prefixes and pods fall
 * before all ordinals (0) or after them (Infinity).
 */
export function lowerBoundOrdinal(prefix: string, id: string): number {
  const head = prefix + POD;
  const id15 = id.slice(0, 15).padEnd(15, '0');
  const theirs = id15.slice(0, 6);
  if (theirs < head) return 0;
  if (theirs > head) return Number.POSITIVE_INFINITY;
  return digitsToOrdinal(id15);
}

function digitsToOrdinal(id: string): number {
  let ordinal = 0;
  for (let i = 6; i < 15; i++) {
    ordinal = ordinal * BASE + Math.max(0, digitValue[id.charCodeAt(i)] ?? 0);
  }
  return ordinal;
}
