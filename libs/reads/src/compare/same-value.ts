/** When a shadow row became doubtful: only the shadow knows, and it is no part of what the row says. */
const SHADOW_ONLY = 'gapSince';

/**
 * Whether two answers say the same: lists in any order, decimals by their value. What a source adds about itself does
 * not count.
 */
export function sameValue(one: unknown, other: unknown): boolean {
  return JSON.stringify(plain(one)) === JSON.stringify(plain(other));
}

function plain(value: unknown): unknown {
  if (typeof value === 'string') return /^-?\d+\.\d+$/.test(value) ? withoutZeros(value) : value;
  if (Array.isArray(value)) return value.map((item) => JSON.stringify(plain(item))).sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, field]) => name !== SHADOW_ONLY && field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, field]) => [name, plain(field)]),
  );
}

/** `12.50` and `12.5`, `3.00` and `3` are the same amount. */
function withoutZeros(decimal: string): string {
  let end = decimal.length;
  while (decimal[end - 1] === '0') end--;
  return decimal.slice(0, decimal[end - 1] === '.' ? end - 1 : end);
}
