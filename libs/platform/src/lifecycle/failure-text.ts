import { errorCatalogue, isUmbraError } from '@umbra/domain';
import { errorEntry, redactFields } from '../logger/redact.ts';

/**
 * What a command prints when it fails: the message with its code, every problem, or else what to do about it. The text
 * of an error that is not ours stays out, since it may quote what it stumbled over; its name and place are printed.
 */
export function failureText(error: unknown): string {
  if (!isUmbraError(error)) {
    const { name, code, frames = [] } = errorEntry(error);
    return [`unexpected ${name}${code === undefined ? '' : ` (${code})`}`, ...frames].join('\n    at ');
  }
  const lines = [`${error.message} [${error.code}]`, ...error.problems.map((problem) => `  - ${problem}`)];
  const { meaning } = errorCatalogue[error.code];
  if (error.problems.length === 0) lines.push(`  ${meaning}`);
  if (Object.keys(error.details).length > 0) lines.push(`  ${JSON.stringify(redactFields(error.details))}`);
  return lines.join('\n');
}
