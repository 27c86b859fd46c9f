import { UmbraError } from '@umbra/domain';
import {
  appendApiKey,
  authSection,
  generateApiKey,
  hashApiKey,
  isScope,
  keysOrNone,
  labelPattern,
  loadEnv,
  scopes,
  type EnvSource,
  type Scope,
} from '@umbra/platform';
import type { Output } from '../output.ts';

export interface KeyAddOptions {
  readonly label: string;
  readonly scope: readonly string[];
  /** A key with this label is enough; none is added and nothing goes wrong. */
  readonly ifMissing: boolean;
  readonly dryRun: boolean;
}

/**
 * Adds an API key. The key is shown this once; the file keeps its hash.
 * @throws UmbraError INPUT_INVALID, INPUT_CONFIGURATION
 */
export function keyAdd(options: KeyAddOptions, source: EnvSource, output: Output): void {
  const { label } = options;
  const granted = readScopes(options.scope);
  if (!labelPattern.test(label))
    throw new UmbraError('INPUT_INVALID', 'The label cannot be used', {
      problems: ['--label takes letters, digits, dot, dash and underscore, at most 64, e.g. --label shop'],
    });
  const { env } = loadEnv({ auth: authSection }, source);
  const path = env.auth.keysFile;
  const existing = keysOrNone(path).find((key) => key.label === label);
  if (existing !== undefined) {
    if (!options.ifMissing)
      throw new UmbraError('INPUT_INVALID', `There is a key with the label ${label} already`, {
        problems: [`choose another --label, or take its line out of ${path} first`],
      });
    output.answer(
      { created: false, label, scopes: existing.scopes, file: path },
      () => `A key with the label ${label} is there already; it cannot be shown again.`,
    );
    return;
  }
  if (options.dryRun) {
    output.answer(
      { created: false, label, scopes: granted, file: path, dryRun: true },
      () => `Would add a key with the label ${label} and the scopes ${granted.join(', ')} to ${path}.`,
    );
    return;
  }
  const key = generateApiKey();
  appendApiKey(path, { hash: hashApiKey(key), scopes: granted, label });
  output.answer({ created: true, key, label, scopes: granted, file: path }, () => key);
}

function readScopes(words: readonly string[]): readonly Scope[] {
  const unknown = words.filter((word) => !isScope(word));
  if (words.length === 0 || unknown.length > 0)
    throw new UmbraError('INPUT_INVALID', 'The scope cannot be used', {
      problems: [`--scope takes ${scopes.join(' or ')}; give it once for each`],
    });
  return scopes.filter((scope) => words.includes(scope));
}
