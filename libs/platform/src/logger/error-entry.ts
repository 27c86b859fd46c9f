import { isUmbraError } from '@umbra/domain';

import { redactFields } from './redact.ts';
import { isErrorLike, systemErrorCode } from '../error-like.ts';

/** Causes are followed this deep; a longer chain is a loop or noise. */
const MAX_CAUSES = 5;

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
