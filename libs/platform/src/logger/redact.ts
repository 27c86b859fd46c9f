import { isDate } from 'node:util/types';
import { isUmbraError } from '@umbra/domain';
import { loggableFields } from './log-fields.ts';
import { isErrorLike, systemErrorCode } from '../error-like.ts';

const REDACTED = '[redacted]';
const MAX_TEXT = 500;
const MAX_ITEMS = 50;
const MAX_DEPTH = 4;
/** Causes are followed this deep; a longer chain is a loop or noise. */
const MAX_CAUSES = 5;

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

export interface ErrorEntry {
  readonly name: string;
  readonly code?: string;
  readonly kind?: string;
  readonly retry?: string;
  readonly message?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly frames?: readonly string[];
  readonly cause?: ErrorEntry;
}

/**
 * An error as a log entry holds it. Our own errors bring a constant message and safe details. The message of any
 * other error is left out: PostgreSQL, Salesforce and URL parsers quote the values that they stumbled over. Its
 * name, code and stack frames are enough to find the place.
 */
export function errorEntry(error: unknown, depth = 0): ErrorEntry {
  if (!isErrorLike(error)) return { name: typeof error };
  const { cause } = error;
  return {
    ...(isUmbraError(error)
      ? {
          name: error.name,
          code: error.code,
          kind: error.kind,
          retry: error.retry,
          message: error.message,
          details: redactFields(error.details),
        }
      : { name: error.constructor.name, code: systemErrorCode(error) }),
    frames: stackFrames(error),
    ...(cause !== undefined && depth < MAX_CAUSES ? { cause: errorEntry(cause, depth + 1) } : {}),
  };
}

/** The frames of a stack without its first lines, which repeat the message. */
function stackFrames(error: Error): readonly string[] {
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .map((line) => line.trim().slice(3));
}
