import type { SfValue } from './record.ts';
import type { FieldType } from './schema.ts';

/** Conversions that empty the column: Date, Date/Time, Checkbox or multi-select picklist to anything else. */
const emptied = new Set<FieldType>(['date', 'datetime', 'boolean', 'multipicklist']);

const texts = new Set<FieldType>([
  'string',
  'textarea',
  'phone',
  'url',
  'email',
  'picklist',
  'multipicklist',
  'combobox',
]);
const numbers = new Set<FieldType>(['int', 'double', 'currency', 'percent']);

export function losesData(from: FieldType, to: FieldType): boolean {
  return from !== to && emptied.has(from);
}

/** A stored value as the new type shows it; what does not fit becomes null. Already converted values stay. */
export function convertValue(value: SfValue, to: FieldType): SfValue {
  if (value === null) return to === 'boolean' ? false : null;
  if (texts.has(to)) return String(value);
  if (numbers.has(to)) {
    const number = typeof value === 'number' ? value : Number.parseFloat(String(value));
    if (!Number.isFinite(number)) return null;
    return to === 'int' ? Math.round(number) : number;
  }
  if (to === 'boolean')
    return typeof value === 'boolean' ? value : ['true', 'yes', '1'].includes(String(value).toLowerCase());
  if (to === 'date') return /^\d{4}-\d{2}-\d{2}$/.test(String(value)) ? value : null;
  if (to === 'datetime') return /^\d{4}-\d{2}-\d{2}T[\d:.]+\+0000$/.test(String(value)) ? value : null;
  return typeof value === 'string' ? value : null;
}
