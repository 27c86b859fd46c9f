import { isUmbraError, UmbraError, type ErrorCode } from '@umbra/domain';

/** First word of a Redis error reply → our code. Replies that are not listed are defects of ours. */
const byReply: Readonly<Record<string, ErrorCode>> = {
  BUSY: 'QUEUE_UNAVAILABLE',
  CLUSTERDOWN: 'QUEUE_UNAVAILABLE',
  LOADING: 'QUEUE_UNAVAILABLE',
  MASTERDOWN: 'QUEUE_UNAVAILABLE',
  MISCONF: 'QUEUE_UNAVAILABLE',
  NOAUTH: 'QUEUE_CREDENTIALS_REFUSED',
  NOPERM: 'QUEUE_CREDENTIALS_REFUSED',
  NOREPLICAS: 'QUEUE_UNAVAILABLE',
  OOM: 'QUEUE_FULL',
  READONLY: 'QUEUE_UNAVAILABLE',
  TRYAGAIN: 'QUEUE_UNAVAILABLE',
  WRONGPASS: 'QUEUE_CREDENTIALS_REFUSED',
};

/** `ERR` says everything and nothing: here the text decides. */
const byErrText: readonly (readonly [RegExp, ErrorCode])[] = [
  [/^ERR max number of clients/i, 'QUEUE_UNAVAILABLE'],
  [/^ERR .*(AUTH|password)/i, 'QUEUE_CREDENTIALS_REFUSED'],
];

/** What ioredis and BullMQ say, without a code, when the connection is down or the command was given up. */
const connectionTexts = [
  /^Command timed out/,
  /^Command aborted due to connection close/,
  /^Connection is closed/,
  /^Reached the max retries per request limit/,
  /^Stream isn't writeable and enableOfflineQueue options is false/,
  /^Socket timeout/,
  /^connect ETIMEDOUT/,
];

const sentences: Partial<Record<ErrorCode, string>> = {
  QUEUE_CREDENTIALS_REFUSED: 'Redis refused the user, the password or a permission: check REDIS_URL',
  QUEUE_FULL: 'Redis has reached its maxmemory',
  QUEUE_UNAVAILABLE: 'Redis does not answer',
  QUEUE_REJECTED: 'Redis refused a command',
};

/** An error of ioredis, BullMQ or the socket below them, in our words. Ours pass unchanged. */
export function translateError(error: unknown): UmbraError {
  if (isUmbraError(error)) return error;
  const { code, details } = verdictOf(error);
  return new UmbraError(code, sentences[code] ?? 'Redis failed', { details, cause: error });
}

function verdictOf(error: unknown): { code: ErrorCode; details: Record<string, unknown> } {
  const { message, system } = factsOf(error);
  // Names never decide, but only a reply of the server begins with a word in capitals.
  const reply = /^([A-Z][A-Z0-9]+) /.exec(message)?.[1];
  if (reply !== undefined && reply in byReply) {
    return { code: byReply[reply] as ErrorCode, details: { reply } };
  }
  const byText = byErrText.find(([pattern]) => pattern.test(message));
  if (byText !== undefined) return { code: byText[1], details: { reply: 'ERR' } };
  // A system error of Node: ECONNREFUSED, ECONNRESET, EPIPE, ENOTFOUND, ETIMEDOUT, a TLS failure …
  if (system !== undefined && /^(E[A-Z]{2,}|ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|UNABLE_TO)/.test(system)) {
    return { code: 'QUEUE_UNAVAILABLE', details: { system } };
  }
  if (connectionTexts.some((pattern) => pattern.test(message))) {
    return { code: 'QUEUE_UNAVAILABLE', details: {} };
  }
  return { code: 'QUEUE_REJECTED', details: reply === undefined ? {} : { reply } };
}

/** By shape, not by class: an error may come from another realm, as those of sockets do under test runners. */
function factsOf(error: unknown): { message: string; system: string | undefined } {
  if (typeof error !== 'object' || error === null) return { message: '', system: undefined };
  const message = 'message' in error && typeof error.message === 'string' ? error.message : '';
  const system = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return { message, system };
}
