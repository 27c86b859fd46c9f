import { isDate } from 'node:util/types';
import { errorEntry } from './error-entry.ts';
import { loggableFields } from './log-fields.ts';
import { isErrorLike } from '../error-like.ts';

const REDACTED = '[redacted]';
const MAX_TEXT = 500;
const MAX_ITEMS = 50;
const MAX_DEPTH = 4;

/** The same fields with everything that is not on the list replaced, at every depth. */
export function redactFields(fields: Readonly<Record<string, unknown>>, depth = 0): Record<string, unknown> {
  const safe: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields))
    if (name === 'err') safe[name] = errorEntry(value);
    else safe[name] = loggableFields.has(name) ? loggableValue(value, depth) : REDACTED;
  return safe;
}

function loggableValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
    case 'bigint':
      return value.toString();
    case 'function':
    case 'symbol':
      return REDACTED;
    case 'object':
      return value === null ? null : loggableObject(value, depth);
    default:
      return value;
  }
}

function loggableObject(value: object, depth: number): unknown {
  if (isErrorLike(value)) return errorEntry(value);
  if (isDate(value)) return Number.isNaN(value.getTime()) ? 'invalid date' : value.toISOString();
  if (depth >= MAX_DEPTH || value instanceof Map || value instanceof Set) return REDACTED;
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => loggableValue(item, depth + 1));
  if ('toJSON' in value) return REDACTED;
  return redactFields(value as Record<string, unknown>, depth + 1);
}
