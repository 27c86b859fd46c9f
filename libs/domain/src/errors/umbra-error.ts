import { errorCatalogue, type ErrorCode, type ErrorKind, type RetryVerdict } from './codes.ts';

export interface ErrorOptions {
  /** Safe to log and to show to operators: no record values, no secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** When a retry makes sense, if the other side said so. */
  readonly retryAt?: Date;
  /** Every problem of a bad input, one sentence each. */
  readonly problems?: readonly string[];
}

/**
 * The one error class of the product. Adapters translate foreign errors into it (`translate-error.ts`), so that
 * nobody above them sees an error of Prisma, jsforce, gRPC or Redis.
 */
export class UmbraError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly retry: RetryVerdict;
  readonly details: Readonly<Record<string, unknown>>;
  readonly retryAt: Date | undefined;
  readonly problems: readonly string[];

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'UmbraError';
    this.code = code;
    this.kind = errorCatalogue[code].kind;
    this.retry = errorCatalogue[code].retry;
    this.details = options.details ?? {};
    this.retryAt = options.retryAt;
    this.problems = options.problems ?? [];
  }
}

export function isUmbraError(error: unknown): error is UmbraError {
  return error instanceof UmbraError;
}
