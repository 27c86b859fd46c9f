import { UmbraError } from '@umbra/domain';
import type { z } from 'zod';

/**
 * Parameters or a body as the endpoint's schema reads them.
 * @param place what the caller sent: `query`, `path` or `body`
 * @throws UmbraError INPUT_INVALID with every problem
 */
export function readInput<T>(schema: z.ZodType<T>, value: unknown, place: 'query' | 'path' | 'body'): T {
  const read = schema.safeParse(value ?? {});
  if (read.success) return read.data;
  throw new UmbraError('INPUT_INVALID', `The ${place} is not understood`, {
    problems: read.error.issues.flatMap((issue) => problemsOf(issue)),
  });
}

function problemsOf(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => `${pathText([...issue.path, key])}: is not known here`);
  return [`${pathText(issue.path) || 'the body'}: ${issue.message}`];
}

/** `lines[2].quantity`, with names from outside cut to a readable length. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, at) =>
      typeof part === 'number' ? `[${part}]` : `${at === 0 ? '' : '.'}${String(part).slice(0, 60)}`,
    )
    .join('');
}
