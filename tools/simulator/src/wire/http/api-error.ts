/** One entry of Salesforce's error array. `fields` appears on write errors only. */
export interface ApiErrorEntry {
  readonly message: string;
  readonly errorCode: string;
  readonly fields?: readonly string[];
}

/**
 * A refusal that the REST API answers as `[{"message","errorCode","fields"?}]` with the given HTTP status.
 * Thrown anywhere below a route; the server renders it. Everything else that is thrown becomes a 500.
 */
export class ApiError extends Error {
  readonly status: number;
  readonly entries: readonly ApiErrorEntry[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, entries: readonly ApiErrorEntry[], headers: Record<string, string> = {}) {
    super(entries[0]?.message ?? `HTTP ${status}`);
    this.name = entries[0]?.errorCode ?? 'ApiError';
    this.status = status;
    this.entries = entries;
    this.headers = headers;
  }
}

export function apiError(
  status: number,
  errorCode: string,
  message: string,
  fields?: readonly string[],
): ApiError {
  return new ApiError(status, [
    fields === undefined ? { message, errorCode } : { message, errorCode, fields },
  ]);
}

export const notFound = (): ApiError => apiError(404, 'NOT_FOUND', 'The requested resource does not exist');

export const malformedQuery = (message: string): ApiError => apiError(400, 'MALFORMED_QUERY', message);

export const invalidSession = (): ApiError =>
  apiError(401, 'INVALID_SESSION_ID', 'Session expired or invalid');

export const methodNotAllowed = (method: string, allowed: readonly string[]): ApiError =>
  new ApiError(
    405,
    [
      {
        message: `HTTP Method '${method}' not allowed. Allowed are ${allowed.join(',')}`,
        errorCode: 'METHOD_NOT_ALLOWED',
      },
    ],
    { Allow: allowed.join(',') },
  );
