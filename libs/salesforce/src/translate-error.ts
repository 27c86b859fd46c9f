import { UmbraError, type ErrorCode, type ErrorOptions } from '@umbra/domain';
import { z } from 'zod';

/**
 * The one place where foreign failures become errors of this product: refused answers of the REST and Bulk APIs, and
 * broken connections. The verdict is read from `errorCode` first and from the HTTP status second; texts are compared
 * only where both leave it open. Salesforce's own texts stay here, since they may quote field values: upward go the
 * status, the error code and, for an unknown column, its name.
 */

/** An answer that is no success, with its body as text (cut to what an error needs). */
export interface RefusedAnswer {
  readonly status: number;
  readonly body: string;
  /** Value of `Retry-After`: seconds or an HTTP date. */
  readonly retryAfter?: string | undefined;
}

/** Source of the codes: REST API Developer Guide, "Status Codes and Error Responses"; Bulk API 2.0 guide. */
export const codeByErrorCode = {
  API_DISABLED_FOR_ORG: 'SF_ACCESS_DENIED',
  API_ERROR: 'SF_QUERY_REJECTED',
  ENTITY_IS_DELETED: 'SF_NOT_FOUND',
  EXCEEDED_ID_LIMIT: 'SF_QUERY_REJECTED',
  FUNCTIONALITY_NOT_ENABLED: 'SF_ACCESS_DENIED',
  INSUFFICIENT_ACCESS: 'SF_ACCESS_DENIED',
  INSUFFICIENT_ACCESS_OR_READONLY: 'SF_ACCESS_DENIED',
  INVALIDENTITY: 'SF_QUERY_REJECTED',
  INVALID_AUTH_HEADER: 'SF_SESSION_ENDED',
  INVALID_FIELD: 'SF_QUERY_REJECTED',
  INVALID_QUERY_FILTER_OPERATOR: 'SF_QUERY_REJECTED',
  INVALID_QUERY_LOCATOR: 'SF_CURSOR_GONE',
  INVALID_SESSION_ID: 'SF_SESSION_ENDED',
  INVALID_TYPE: 'SF_QUERY_REJECTED',
  JSON_PARSER_ERROR: 'SF_REQUEST_REJECTED',
  LIMIT_EXCEEDED: 'SF_BULK_LIMIT',
  MALFORMED_ID: 'SF_QUERY_REJECTED',
  MALFORMED_QUERY: 'SF_QUERY_REJECTED',
  METHOD_NOT_ALLOWED: 'SF_REQUEST_REJECTED',
  NOT_FOUND: 'SF_NOT_FOUND',
  QUERY_TIMEOUT: 'SF_QUERY_TIMEOUT',
  QUERY_TOO_COMPLICATED: 'SF_QUERY_REJECTED',
  SERVER_UNAVAILABLE: 'SF_UNAVAILABLE',
  TXN_SECURITY_METERING_ERROR: 'SF_UNAVAILABLE',
  UNABLE_TO_LOCK_ROW: 'SF_UNAVAILABLE',
  UNKNOWN_EXCEPTION: 'SF_UNAVAILABLE',
  // REQUEST_LIMIT_EXCEEDED is both SF_DAILY_LIMIT and SF_CONCURRENT_LIMIT: its message decides, below
} as const satisfies Readonly<Record<string, ErrorCode>>;

/** What a status means when the body names no code that we know. 406 and 420 are passing moods of Salesforce Edge. */
export const codeByStatus: Readonly<Record<number, ErrorCode>> = {
  401: 'SF_SESSION_ENDED',
  403: 'SF_ACCESS_DENIED',
  404: 'SF_NOT_FOUND',
  406: 'SF_UNAVAILABLE',
  408: 'SF_UNAVAILABLE',
  420: 'SF_UNAVAILABLE',
  429: 'SF_THROTTLED',
};

/** A 401 with one of these texts stays a 401 with any token: signing in again would loop. Source: jsforce `http-api.ts`. */
const newTokenNeverHelps = [
  'This session is not valid for use with the REST API',
  'Connected app is not attached to Agent',
];

const errorArray = z.array(z.object({ errorCode: z.string(), message: z.string().default('') })).min(1);

interface ForeignError {
  readonly errorCode: string | undefined;
  readonly message: string;
}

/** HTML, XML, plain text and an empty body all occur, and must not hide the status behind a parse error. */
function foreignError(body: string): ForeignError {
  try {
    const parsed = errorArray.safeParse(JSON.parse(body));
    if (!parsed.success) return { errorCode: undefined, message: body };
    const [first] = parsed.data;
    // A code that does not look like one could carry anything, so it is not passed on.
    const errorCode = first && /^[A-Z][A-Z0-9_]{1,79}$/.test(first.errorCode) ? first.errorCode : undefined;
    return { errorCode, message: first?.message ?? '' };
  } catch {
    return { errorCode: undefined, message: body };
  }
}

function codeOf(status: number, foreign: ForeignError): ErrorCode {
  if (status === 401 && newTokenNeverHelps.some((text) => foreign.message.includes(text)))
    return 'SF_CREDENTIALS_REFUSED';
  if (foreign.errorCode === 'REQUEST_LIMIT_EXCEEDED')
    return /concurrent/i.test(foreign.message) ? 'SF_CONCURRENT_LIMIT' : 'SF_DAILY_LIMIT';
  if (foreign.errorCode !== undefined && foreign.errorCode in codeByErrorCode)
    return codeByErrorCode[foreign.errorCode as keyof typeof codeByErrorCode];
  if (status >= 300 && status < 400) return 'SF_URL_REFUSED';
  return codeByStatus[status] ?? (status >= 500 ? 'SF_UNAVAILABLE' : 'SF_REQUEST_REJECTED');
}

/** @param route label of the call, for the details */
export function translateAnswer(answer: RefusedAnswer, route: string, now: Date): UmbraError {
  const foreign = foreignError(answer.body);
  const code = codeOf(answer.status, foreign);
  const column = /No such column '([A-Za-z0-9_.]{1,120})'/.exec(foreign.message)?.[1];
  const name = foreign.errorCode === undefined ? '' : ` ${foreign.errorCode}`;
  return new UmbraError(
    code,
    `Salesforce answered ${answer.status}${name}${column ? ` for ${column}` : ''}`,
    {
      ...retryTime(answer.retryAfter, now),
      details: {
        route,
        status: answer.status,
        ...(foreign.errorCode === undefined ? {} : { errorCode: foreign.errorCode }),
        ...(column === undefined ? {} : { column }),
        ...(code === 'SF_CREDENTIALS_REFUSED' ? { reason: 'session-not-for-api' } : {}),
      },
    },
  );
}

/** `Retry-After` as an instant; nothing when it is absent or unreadable. */
export function retryTime(retryAfter: string | undefined, now: Date): Pick<ErrorOptions, 'retryAt'> {
  if (retryAfter === undefined) return {};
  if (/^\d{1,6}$/.test(retryAfter.trim()))
    return { retryAt: new Date(now.getTime() + Number(retryAfter) * 1000) };
  const date = Date.parse(retryAfter);
  return Number.isNaN(date) ? {} : { retryAt: new Date(date) };
}

/** Failures before the request left this host: repeating them is safe for every method. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Codes of TLS failures: a wrong, foreign or expired certificate, or a peer that speaks no TLS. */
const tlsFailure = /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(VERIFY|GET))/;

/**
 * A failure without an answer. `details.sent` is false when the request certainly never reached Salesforce.
 * An `UmbraError` passes unchanged.
 */
export function translateFailure(cause: unknown, route: string): UmbraError {
  if (cause instanceof UmbraError) return cause;
  const inner = causeWithin(cause);
  if (inner instanceof UmbraError) return inner;
  const code = systemCode(cause) ?? systemCode(inner) ?? 'UNKNOWN';
  const tls = tlsFailure.test(code);
  const text = tls
    ? 'The certificate of Salesforce could not be verified'
    : neverSent.has(code)
      ? 'Salesforce cannot be reached: check SF_LOGIN_URL and the network'
      : 'The connection to Salesforce broke';
  return new UmbraError('SF_UNAVAILABLE', `${text} (${code})`, {
    cause,
    details: { route, cause: code, sent: !tls && !neverSent.has(code) },
  });
}

/** Node wraps the errors of several attempted addresses, and undici those of the socket. */
function causeWithin(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('errors' in error && Array.isArray(error.errors)) return error.errors[0];
  return 'cause' in error ? error.cause : undefined;
}

function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(error.code) ? error.code : undefined;
}
