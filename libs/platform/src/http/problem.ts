import { errorCatalogue, isUmbraError, UmbraError, type ErrorCode, type ErrorKind } from '@umbra/domain';
import { isErrorLike } from '../error-like.ts';

/** An error as callers see it (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  /** Every problem of a bad input. */
  readonly problems?: readonly string[];
  /** Finds the log entry: `urn:uuid:` and the request id. */
  readonly instance: string;
}

const titles: Readonly<Record<ErrorKind, string>> = {
  invalid: 'The request cannot be used',
  'not-found': 'Not found',
  conflict: 'Conflict',
  unauthorised: 'Not allowed',
  throttled: 'Too many requests',
  unavailable: 'Not available now',
  invariant: 'Internal error',
};

const statusByCode: Partial<Record<ErrorCode, number>> = {
  INPUT_CREDENTIALS_MISSING: 401,
  INPUT_METHOD_NOT_ALLOWED: 405,
  INPUT_SCOPE_MISSING: 403,
  INPUT_TOO_LARGE: 413,
};

/** Seconds that a caller should wait when nobody knows better. */
const DEFAULT_RETRY_SECONDS = 5;

/**
 * The outward form of an error. What is the caller's business (its input, a missing record) keeps its message; what
 * is ours is told by constant text: a message from below may name hosts, statements or values.
 */
export function problemOf(error: UmbraError, requestId: string): Problem {
  const shown = outwardCode(error);
  const ownWords = shown === error.code && isCallersBusiness(error);
  return {
    type: `urn:umbra:error:${shown}`,
    title: titles[errorCatalogue[shown].kind],
    status: statusOf(shown),
    code: shown,
    detail: ownWords ? error.message : errorCatalogue[shown].meaning,
    ...(ownWords && error.problems.length > 0 ? { problems: error.problems } : {}),
    instance: `urn:uuid:${requestId}`,
  };
}

/** Seconds for `Retry-After`, of answers that tell the caller to come back. */
export function retryAfterSeconds(error: UmbraError, status: number, now: Date): number | undefined {
  if (status !== 429 && status !== 503) return undefined;
  if (error.retryAt === undefined) return DEFAULT_RETRY_SECONDS;
  return Math.max(1, Math.ceil((error.retryAt.getTime() - now.getTime()) / 1_000));
}

function isCallersBusiness({ code, kind }: UmbraError): boolean {
  if (code === 'INPUT_CONFIGURATION' || code === 'INPUT_PORT_TAKEN') return false;
  return kind !== 'invariant' && (code.startsWith('INPUT_') || code.startsWith('READ_'));
}

/**
 * Our credentials, our statements and our configuration are not the caller's business: refused by Salesforce is
 * "not available", and a defect is "failed". Codes of temporary trouble are shown as they are.
 */
function outwardCode(error: UmbraError): ErrorCode {
  if (isCallersBusiness(error)) return error.code;
  switch (error.kind) {
    case 'unauthorised':
      return 'READ_UNAVAILABLE';
    case 'invalid':
    case 'invariant':
      return 'READ_FAILED';
    case 'not-found':
    case 'conflict':
    case 'throttled':
    case 'unavailable':
      return error.code === 'INPUT_PORT_TAKEN' ? 'READ_FAILED' : error.code;
  }
}

function statusOf(code: ErrorCode): number {
  const decided = statusByCode[code];
  if (decided !== undefined) return decided;
  switch (errorCatalogue[code].kind) {
    case 'invalid':
      return 400;
    case 'not-found':
      return 404;
    case 'conflict':
      return 409;
    case 'throttled':
      return code.startsWith('SF_') ? 503 : 429;
    case 'unauthorised':
    case 'unavailable':
      return 503;
    case 'invariant':
      return 500;
  }
}

/** Any thrown thing as one of our errors: refusals of the HTTP layer get their code, everything unknown READ_FAILED. */
export function asUmbraError(thrown: unknown): UmbraError {
  if (isUmbraError(thrown)) return thrown;
  const status = httpStatusOf(thrown);
  if (status === 404) return new UmbraError('INPUT_ROUTE_UNKNOWN', 'There is no such path');
  if (status === 413 || status === 414)
    return new UmbraError('INPUT_TOO_LARGE', 'The request is larger than this route takes');
  if (status === 415)
    return new UmbraError('INPUT_INVALID', 'The body is not JSON', {
      problems: ['Content-Type must be application/json'],
    });
  if (status !== undefined && status >= 400 && status < 500)
    return new UmbraError('INPUT_INVALID', 'The request is malformed', {
      problems: ['the URL or the JSON body cannot be parsed'],
    });
  return new UmbraError('READ_FAILED', 'unexpected error', { cause: thrown });
}

/** Status that Nest (`getStatus()`) or Fastify (`statusCode`) gives an error of its own. */
function httpStatusOf(thrown: unknown): number | undefined {
  if (!isErrorLike(thrown)) return undefined;
  if ('getStatus' in thrown && typeof thrown.getStatus === 'function') {
    const status = (thrown.getStatus as () => unknown)();
    return typeof status === 'number' ? status : undefined;
  }
  return 'statusCode' in thrown && typeof thrown.statusCode === 'number' ? thrown.statusCode : undefined;
}
