/**
 * A set of field positions as change events carry it: hex text, big-endian, whole bytes, bit i = field i of the schema
 * (the header is field 0). Source: Change Data Capture Developer Guide, "Change Event Header Fields".
 */
function hex(positions: readonly number[]): string {
  let bits = 0n;
  for (const position of positions) bits |= 1n << BigInt(position);
  const digits = bits.toString(16).toUpperCase();
  return `0x${digits.length % 2 === 0 ? digits : `0${digits}`}`;
}

/** A field, or a child of a compound field. */
export interface FieldPosition {
  readonly field: number;
  readonly child?: number;
}

/** @param parentBit whether the compound's own bit is set beside its children's: seen once, usually unset */
export function encodeBitmaps(positions: readonly FieldPosition[], parentBit: boolean): string[] {
  const top: number[] = [];
  const nested = new Map<number, number[]>();
  for (const { field, child } of positions) {
    if (child === undefined) top.push(field);
    else nested.set(field, [...(nested.get(field) ?? []), child]);
  }
  if (parentBit) top.push(...nested.keys());
  const elements = top.length > 0 ? [hex(top)] : [];
  for (const [field, children] of [...nested].sort(([a], [b]) => a - b))
    elements.push(`${field}-${hex(children)}`);
  return elements;
}
