/**
 * True for everything that was made to be thrown. `instanceof Error` misses errors of another realm (test runners,
 * worker contexts), `isNativeError` those of libraries that build theirs by hand (Fastify).
 */
export function isErrorLike(thrown: unknown): thrown is Error {
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown && 'stack' in thrown;
}

/** `ENOENT` and the like: the code that Node, PostgreSQL or Redis gives an error. */
export function systemErrorCode(error: unknown): string {
  return isErrorLike(error) && 'code' in error && typeof error.code === 'string'
    ? error.code
    : 'unknown error';
}
