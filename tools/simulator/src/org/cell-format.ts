import { EMPTY_CELL, textCell } from '../data/column.ts';
import type { SfValue } from './record.ts';
import type { FieldType } from './schema.ts';

/** Plain decimal text, never an exponent: Salesforce prints `0.0000001` and `123456789012345680000` in full. */
export function decimalText(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  const [mantissa = '', exponent = '0'] = text.split('e');
  const negative = mantissa.startsWith('-');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const shift = Number(exponent);
  const digits =
    shift > 0
      ? whole +
        fraction.padEnd(shift, '0').slice(0, shift) +
        (fraction.length > shift ? `.${fraction.slice(shift)}` : '')
      : `0.${'0'.repeat(-shift - whole.length)}${whole}${fraction}`;
  return negative ? `-${digits}` : digits;
}

/** Currency shows at least its scale: `149.5` is `149.50`; more decimals than that are shown, not rounded. */
function currencyText(value: number, scale: number): string {
  const text = decimalText(value);
  const dot = text.indexOf('.');
  const decimals = dot < 0 ? 0 : text.length - dot - 1;
  if (decimals >= scale) return text;
  return `${text}${dot < 0 ? '.' : ''}${'0'.repeat(scale - decimals)}`;
}

/** How Bulk writes a value of this type: everything quoted, null an empty cell, datetimes ending in `Z`. */
export function cellFormat(type: FieldType, scale: number): (value: SfValue) => string {
  switch (type) {
    case 'boolean':
      return (value) => (value === true ? '"true"' : '"false"');
    case 'datetime':
      return (value) => (typeof value === 'string' ? `"${value.replace('+0000', 'Z')}"` : EMPTY_CELL);
    case 'currency':
      return (value) => (typeof value === 'number' ? `"${currencyText(value, scale)}"` : EMPTY_CELL);
    case 'int':
    case 'double':
    case 'percent':
      return (value) => (typeof value === 'number' ? `"${decimalText(value)}"` : EMPTY_CELL);
    default:
      return (value) => (value === null ? EMPTY_CELL : textCell(String(value)));
  }
}
