import { UmbraError } from '@umbra/domain';
import type { z } from 'zod';

/** Query answers nest six deep at most (records, parent, parent's attributes); describe seven. */
const deepest = 32;

/** A number with more digits than a double keeps: its text is kept instead of its nearest double. */
const longNumber = /[[:,]\s*-?(?=[\d.]{16,})\d/;

/**
 * JSON of an answer, checked against its schema. Numbers that a double cannot hold exactly arrive as their text.
 * @param what names the answer in the error: `query answer`
 * @throws UmbraError SF_RESPONSE_INVALID when it is no JSON, nests too deep or has another shape
 */
export function parseJson<T>(text: string, schema: z.ZodType<T>, what: string): T {
  if (nestsDeeperThan(text, deepest)) throw invalid(what, 'nests too deep');
  let value: unknown;
  try {
    value = longNumber.test(text) ? JSON.parse(text, keepLongNumbers) : JSON.parse(text);
  } catch {
    throw invalid(what, 'is no JSON');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(what, 'has an unexpected shape', {
    paths: parsed.error.issues.slice(0, 5).map((issue) => issue.path.join('.')),
  });
}

function invalid(what: string, problem: string, details: Readonly<Record<string, unknown>> = {}): UmbraError {
  return new UmbraError('SF_RESPONSE_INVALID', `The ${what} of Salesforce ${problem}`, { details });
}

/** The third argument is in Node since 21; the library's types do not know it yet. */
function keepLongNumbers(
  this: unknown,
  _key: string,
  value: unknown,
  context?: { source?: string },
): unknown {
  if (typeof value !== 'number' || context?.source === undefined) return value;
  return context.source.replace(/[^\d]/g, '').length > 15 ? context.source : value;
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** Looked at before parsing: 60 MB of `[` would otherwise become gigabytes of arrays. */
export function nestsDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      if (at === -1) return false;
    } else if (code === OPEN_BRACKET || code === OPEN_BRACE) {
      if (++depth > limit) return true;
    } else if (code === CLOSE_BRACKET || code === CLOSE_BRACE) depth--;
  }
  return false;
}

/** Position of the quote that ends the string beginning at `start`; -1 when none does. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}
