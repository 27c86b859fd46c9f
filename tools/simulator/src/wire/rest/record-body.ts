import type { RowError, SfRecord, SfValue } from '../../org/record.ts';
import type { ObjectSchema } from '../../org/schema.ts';
import { ApiError, apiError } from '../http/api-error.ts';

/** The object named by a record's `attributes`, if any. */
export function typeOf(record: Record<string, unknown>): string | undefined {
  const { attributes } = record;
  if (typeof attributes !== 'object' || attributes === null || !('type' in attributes)) return undefined;
  return typeof attributes.type === 'string' ? attributes.type : undefined;
}

/**
 * The fields of a JSON record in the org's spelling, without `attributes` and the keys in `except` (any case).
 * Unknown names are passed on: the org refuses them with its own text.
 * @throws ApiError 400 `JSON_PARSER_ERROR` for a value that is no leaf
 */
export function fieldsFrom(
  record: Record<string, unknown>,
  object: ObjectSchema,
  except: readonly string[] = [],
): SfRecord {
  const left = new Set(['attributes', ...except.map((name) => name.toLowerCase())]);
  const fields: SfRecord = {};
  for (const [name, value] of Object.entries(record)) {
    if (left.has(name.toLowerCase())) continue;
    if (!isLeaf(value))
      throw apiError(
        400,
        'JSON_PARSER_ERROR',
        `Cannot deserialize instance of ${name} from an object or array`,
      );
    fields[object.field(name)?.name ?? name] = value;
  }
  return fields;
}

const isLeaf = (value: unknown): value is SfValue =>
  value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

const notFoundCodes: ReadonlySet<string> = new Set([
  'ENTITY_IS_DELETED',
  'NOT_FOUND',
  'INVALID_CROSS_REFERENCE_KEY',
]);

/** A single-record write that failed, as a whole-request error. `NOT_FOUND`-like codes about the record are 404. */
export function writeFailure(errors: readonly RowError[], targetId?: string): ApiError {
  const first = errors[0];
  const isAboutTarget =
    first !== undefined &&
    targetId !== undefined &&
    first.fields.length === 0 &&
    notFoundCodes.has(first.statusCode);
  return new ApiError(
    isAboutTarget ? 404 : 400,
    errors.map(({ statusCode, message, fields }) => ({ message, errorCode: statusCode, fields })),
  );
}
