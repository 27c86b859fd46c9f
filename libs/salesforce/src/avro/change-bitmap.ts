import { AvroMismatch } from './avro-cursor.ts';

/** Position of a field in the schema (the header is 0), or of a child inside a compound field. */
export interface MarkedField {
  readonly field: number;
  readonly child?: number;
}

const nibbles = '0123456789abcdef';

function* bits(hex: string): Generator<number> {
  let base = 0;
  for (let at = hex.length - 1; at >= 0; at--, base += 4) {
    const nibble = nibbles.indexOf(hex.charAt(at).toLowerCase());
    for (let bit = 0; bit < 4; bit++) if ((nibble >> bit) & 1) yield base + bit;
  }
}

const topLevel = /^0x([0-9a-f]+)$/i;
const nested = /^(\d+)-0x([0-9a-f]+)$/i;

/**
 * The fields that `changedFields`, `nulledFields` or `diffFields` mark. Each element is classified by its own form, not
 * by its place: nested elements may come without a top-level one.
 * Source: Change Data Capture Developer Guide, "Deserialize Bitmap Fields".
 */
export function markedFields(elements: readonly string[]): MarkedField[] {
  const marked: MarkedField[] = [];
  for (const element of elements) {
    const top = topLevel.exec(element);
    const inner = top === null ? nested.exec(element) : null;
    if (top?.[1] !== undefined) for (const field of bits(top[1])) marked.push({ field });
    else if (inner?.[1] !== undefined && inner[2] !== undefined) {
      for (const child of bits(inner[2])) marked.push({ field: Number(inner[1]), child });
    } else throw new AvroMismatch('no bitmap');
  }
  return marked;
}
