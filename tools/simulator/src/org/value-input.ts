import { restDateTime } from '../data/base-time.ts';
import { widenId } from './ids.ts';
import type { FieldEntry } from './org-schema.ts';
import type { RowError, SfValue } from './record.ts';

/** What a caller wrote, as it will be stored, or why not. */
export type Input = { readonly value: SfValue } | { readonly error: RowError };

const fail = (field: FieldEntry, statusCode: string, message: string): Input => ({
  error: { statusCode, message, fields: [field.name] },
});

const wrongType = (field: FieldEntry, value: unknown): Input =>
  fail(
    field,
    'INVALID_TYPE_ON_FIELD_IN_RECORD',
    `${field.label}: value not of required type: ${String(value)}`,
  );

/**
 * Checks and normalises one written value: text is trimmed and empty text is null, ids widened to 18, datetimes brought
 * to UTC. Numbers keep more decimals than the field's scale shows, as Salesforce does.
 */
export function readInput(field: FieldEntry, raw: SfValue): Input {
  if (raw === null || raw === '') return field.type === 'boolean' ? wrongType(field, raw) : { value: null };
  switch (field.type) {
    case 'boolean':
      return booleanInput(field, raw);
    case 'int':
    case 'double':
    case 'currency':
    case 'percent':
      return numberInput(field, raw);
    case 'date':
      return dateInput(field, raw);
    case 'datetime':
      return dateTimeInput(field, raw);
    case 'time':
      return timeInput(field, raw);
    case 'id':
    case 'reference':
      return idInput(field, raw);
    case 'address':
    case 'base64':
      return wrongType(field, raw);
    default:
      return textInput(field, raw);
  }
}

function booleanInput(field: FieldEntry, raw: SfValue): Input {
  if (typeof raw === 'boolean') return { value: raw };
  if (raw === 'true' || raw === 'false') return { value: raw === 'true' };
  return wrongType(field, raw);
}

function numberInput(field: FieldEntry, raw: SfValue): Input {
  const number = typeof raw === 'string' && /^[+-]?\d+(\.\d*)?(e[+-]?\d+)?$/i.test(raw) ? Number(raw) : raw;
  if (typeof number !== 'number' || !Number.isFinite(number)) return wrongType(field, raw);
  if (field.type === 'int' && !Number.isInteger(number)) return wrongType(field, raw);
  const whole = field.type === 'int' ? 10 : (field.precision ?? 18) - (field.scale ?? 0);
  if (Math.abs(number) >= 10 ** whole) {
    return fail(
      field,
      'NUMBER_OUTSIDE_VALID_RANGE',
      `${field.label}: value outside of valid range on numeric field: ${String(raw)}`,
    );
  }
  return { value: Object.is(number, -0) ? 0 : number };
}

function dateInput(field: FieldEntry, raw: SfValue): Input {
  const text = String(raw);
  const valid = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
  return valid ? { value: text } : wrongType(field, raw);
}

function dateTimeInput(field: FieldEntry, raw: SfValue): Input {
  const text = String(raw).replace(/([+-]\d{2})(\d{2})$/, '$1:$2');
  const ms = /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? wrongType(field, raw) : { value: restDateTime(Math.floor(ms / 1000) * 1000) };
}

function timeInput(field: FieldEntry, raw: SfValue): Input {
  const match = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,3}))?)?Z?$/.exec(String(raw));
  if (match === null) return wrongType(field, raw);
  const [, hours, minutes, seconds = '00', millis = '000'] = match;
  return { value: `${hours}:${minutes}:${seconds}.${millis.padEnd(3, '0')}Z` };
}

function idInput(field: FieldEntry, raw: SfValue): Input {
  const wide = typeof raw === 'string' ? widenId(raw) : undefined;
  if (wide !== undefined) return { value: wide };
  return fail(field, 'MALFORMED_ID', `${field.label}: id value of incorrect type: ${String(raw)}`);
}

function textInput(field: FieldEntry, raw: SfValue): Input {
  if (typeof raw !== 'string') return wrongType(field, raw);
  // The database holds well-formed Unicode only.
  const text = raw.toWellFormed().trim();
  if (text === '') return { value: null };
  if (field.restrictedPicklist === true && !(field.picklist ?? []).includes(text)) {
    return fail(
      field,
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      `${field.label}: bad value for restricted picklist field: ${text}`,
    );
  }
  if (field.type === 'email' && !/^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(text)) {
    return fail(field, 'INVALID_EMAIL_ADDRESS', `${field.label}: invalid email address: ${text}`);
  }
  const length = field.length ?? 255;
  // Salesforce counts code points, not UTF-16 units.
  if (text.length > length && [...text].length > length) {
    return fail(
      field,
      'STRING_TOO_LONG',
      `${field.label}: data value too large: ${text} (max length=${length})`,
    );
  }
  return { value: text };
}
