import { readFileSync, statSync } from 'node:fs';
import { UmbraError } from '@umbra/domain';
import { Secret } from './secret.ts';
import { systemErrorCode } from '../error-like.ts';

/** Why a file that holds a secret cannot be used, as a phrase that follows its name; undefined when it can. */
export function secretFileProblem(path: string): string | undefined {
  try {
    const { mode } = statSync(path);
    if ((mode & 0o077) !== 0)
      return `is readable by others (mode ${(mode & 0o777).toString(8).padStart(4, '0')}): run chmod 600 ${path}`;
    readFileSync(path);
    return undefined;
  } catch (cause) {
    return `cannot be read (${systemErrorCode(cause)})`;
  }
}

/**
 * Text of a file that only its owner may read.
 * @throws UmbraError INPUT_CONFIGURATION when it is missing, unreadable, or open to group or world
 */
export function readSecretFile(path: string): Secret {
  const problem = secretFileProblem(path);
  if (problem !== undefined)
    throw new UmbraError('INPUT_CONFIGURATION', `${path} ${problem}`, { problems: [`${path} ${problem}`] });
  return new Secret(readFileSync(path, 'utf8'));
}
