/**
 * True for everything that was made to be thrown. `instanceof Error` misses errors of another realm (test runners,
 * worker contexts), `isNativeError` those of libraries that build theirs by hand (Fastify).
 */
export function isErrorLike(thrown: unknown): thrown is Error {
  return typeof thrown === 'object' && thrown !== null && 'message' in thrown && 'stack' in thrown;
}

/** `ENOENT`, `23505`, `ERR_TLS_CERT_ALTNAME_INVALID`: nothing else is a code, whatever a library puts in its place. */
const CODE = /^[A-Z0-9_]{1,64}$/;

/** The code that Node, PostgreSQL or Redis gives an error. */
export function systemErrorCode(error: unknown): string {
  return isErrorLike(error) && 'code' in error && typeof error.code === 'string' && CODE.test(error.code)
    ? error.code
    : 'unknown error';
}
