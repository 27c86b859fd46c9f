import { readFileSync } from 'node:fs';
import { fieldMapSchema, UmbraError, type FieldMap } from '@umbra/domain';
import { parseDocument } from 'yaml';
import { systemErrorCode } from './error-like.ts';

/**
 * The field map of a deployment.
 * @param path value of `SF_FIELD_MAP_FILE`
 * @throws UmbraError INPUT_CONFIGURATION with every problem of the file
 */
export function loadFieldMap(path: string): FieldMap {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw unusable([`SF_FIELD_MAP_FILE ${path} cannot be read (${systemErrorCode(cause)})`]);
  }
  return parseFieldMap(path, text);
}

/** @throws UmbraError INPUT_CONFIGURATION with every problem of the text */
export function parseFieldMap(path: string, text: string): FieldMap {
  const document = parseDocument(text, { uniqueKeys: true });
  if (document.errors.length > 0)
    throw unusable(
      document.errors.map((error) => {
        const line = error.linePos?.[0].line;
        return `${path}${line === undefined ? '' : `:${line}`}: is no valid YAML (${error.code})`;
      }),
    );
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 });
  } catch {
    throw unusable([`${path}: must not use aliases (&name, *name)`]);
  }
  const read = fieldMapSchema.safeParse(value);
  if (read.success) return read.data;
  throw unusable(
    read.error.issues.map(
      (issue) => `${path}: ${issue.path.length === 0 ? 'the map' : issue.path.join('.')}: ${issue.message}`,
    ),
  );
}

function unusable(problems: readonly string[]): UmbraError {
  return new UmbraError('INPUT_CONFIGURATION', 'The field map cannot be used', { problems });
}
