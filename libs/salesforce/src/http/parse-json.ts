import { UmbraError } from '@umbra/domain';
import { jsonExceeds } from '@umbra/platform';
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
  // Looked at before parsing: 60 MB of `[` would otherwise become gigabytes of arrays.
  if (jsonExceeds(text, { depth: deepest }) !== undefined) throw invalid(what, 'nests too deep');
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
