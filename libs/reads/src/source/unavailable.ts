import { isUmbraError, UmbraError } from '@umbra/domain';

/**
 * What the caller hears when no source could answer: our budget, our credentials and our upstream are one thing to
 * them. A list that is too large to be read live, and defects of ours, keep their own code.
 */
export function unavailable(error: unknown): unknown {
  if (!isUmbraError(error) || error.code === 'READ_LIVE_TOO_LARGE') return error;
  switch (error.kind) {
    case 'throttled':
    case 'unavailable':
    case 'unauthorised':
      return new UmbraError('READ_UNAVAILABLE', 'No source can answer now', {
        details: { code: error.code },
        cause: error,
        ...(error.retryAt === undefined ? {} : { retryAt: error.retryAt }),
      });
    case 'invalid':
    case 'not-found':
    case 'conflict':
    case 'invariant':
      return error;
  }
}
