import { isUmbraError, UmbraError } from '@umbra/domain';
import { anyAge, type Demand } from './demand.ts';

/**
 * What the caller hears when no source could answer: our budget, our credentials and our upstream are one thing to
 * them. A list that is too large to be read live, and defects of ours, keep their own code.
 * @param error what the last source said; undefined: it may not be asked now
 * @param retryAt when to come back, where the error does not know better
 */
export function unavailable(error: unknown, retryAt?: Date, demand: Demand = anyAge): unknown {
  if (error !== undefined && (!isUmbraError(error) || error.code === 'READ_LIVE_TOO_LARGE')) return error;
  switch (error?.kind ?? 'unavailable') {
    case 'throttled':
    case 'unavailable':
    case 'unauthorised':
      return refusal(error, error?.retryAt ?? retryAt, demand);
    case 'invalid':
    case 'not-found':
    case 'conflict':
    case 'invariant':
      return error;
  }
}

function refusal(
  cause: UmbraError | undefined,
  retryAt: Date | undefined,
  { maxAgeSeconds }: Demand,
): UmbraError {
  const [code, message] =
    maxAgeSeconds === null
      ? (['READ_UNAVAILABLE', 'No source can answer now'] as const)
      : (['READ_NOT_FRESH', `No source can prove an age of at most ${maxAgeSeconds} s now`] as const);
  return new UmbraError(code, message, {
    ...(cause === undefined
      ? {}
      : { details: cause.details['code'] === undefined ? { code: cause.code } : cause.details, cause }),
    ...(retryAt === undefined ? {} : { retryAt }),
  });
}
