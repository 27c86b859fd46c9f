import { lintSource } from '@secretlint/core';
import { creator as recommended } from '@secretlint/secretlint-rule-preset-recommend';

export interface FoundSecret {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
}

/** Keys that `ops key add` makes, and consumer secrets of Salesforce apps: 64 hex digits in capitals. */
const own: readonly (readonly [string, RegExp])[] = [
  ['umbra-api-key', /umbra_[A-Za-z0-9_-]{43}/],
  ['salesforce-consumer-secret', /(?<![0-9A-F])[0-9A-F]{64}(?![0-9A-F])/],
];

/**
 * Tests that need something shaped like a secret, by file and rule. Each must still be needed; a real secret in one of
 * them would be found by any other rule.
 */
export const shapedLikeSecrets: readonly (readonly [string, string])[] = [
  ['apps/e2e/bad-input-says-what-to-do.e2e.ts', '@secretlint/secretlint-rule-database-connection-string'],
  ['apps/e2e/checkers-see-what-is-wrong.e2e.ts', '@secretlint/secretlint-rule-database-connection-string'],
  ['libs/platform/src/env.spec.ts', '@secretlint/secretlint-rule-database-connection-string'],
  ['tools/ops/test/ops.int.spec.ts', '@secretlint/secretlint-rule-database-connection-string'],
  ['tools/stack/test/up-down.int.spec.ts', '@secretlint/secretlint-rule-database-connection-string'],
];

/** Secrets in a text, without showing them. */
export async function findSecrets(file: string, text: string): Promise<FoundSecret[]> {
  const rules = [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: recommended, options: {} }];
  const { messages } = await lintSource({
    source: { filePath: file, content: text, ext: file.slice(file.lastIndexOf('.')), contentType: 'text' },
    options: { maskSecrets: true, config: { rules } },
  });
  const found = messages.map(({ loc, ruleId }) => ({ file, line: loc.start.line, rule: ruleId }));
  for (const [at, line] of text.split('\n').entries())
    for (const [rule, pattern] of own) if (pattern.test(line)) found.push({ file, line: at + 1, rule });
  return found;
}
