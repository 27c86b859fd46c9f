import { isUmbraError, UmbraError, type ErrorCode } from '@umbra/domain';

/** SQLSTATEs that mean more than their class does. Source: PostgreSQL manual, appendix A. */
export const bySqlState: Readonly<Record<string, ErrorCode>> = {
  '25P03': 'STORE_UNAVAILABLE', // cut while it waited inside a transaction: we stood still
  '25P04': 'STORE_UNAVAILABLE', // transaction timeout
  '25006': 'STORE_UNAVAILABLE', // read-only transaction: we reached a replica, or a fail-over is under way
  '28000': 'STORE_CREDENTIALS_REFUSED',
  '28P01': 'STORE_CREDENTIALS_REFUSED',
  '3D000': 'STORE_DATABASE_MISSING',
  '40001': 'STORE_CONFLICT',
  '40P01': 'STORE_CONFLICT',
  '42501': 'STORE_PRIVILEGE_MISSING',
  '55P03': 'STORE_CONFLICT', // lock not available
  '57014': 'STORE_UNAVAILABLE', // cancelled by the statement timeout
  '57P01': 'STORE_UNAVAILABLE',
  '57P02': 'STORE_UNAVAILABLE',
  '57P03': 'STORE_UNAVAILABLE', // the server is starting up
  '57P05': 'STORE_UNAVAILABLE', // idle session cut
};

/** First two characters of a SQLSTATE. Every other class is a statement that should not have been sent. */
export const bySqlStateClass: Readonly<Record<string, ErrorCode>> = {
  '08': 'STORE_UNAVAILABLE', // connection
  '53': 'STORE_UNAVAILABLE', // out of disk, memory or connections
  '58': 'STORE_UNAVAILABLE', // system error outside PostgreSQL
};

/** `code` of Node's network errors. */
export const bySystemCode: Readonly<Record<string, ErrorCode>> = {
  EAI_AGAIN: 'STORE_UNAVAILABLE',
  ECONNABORTED: 'STORE_UNAVAILABLE',
  ECONNREFUSED: 'STORE_UNAVAILABLE',
  ECONNRESET: 'STORE_UNAVAILABLE',
  EHOSTUNREACH: 'STORE_UNAVAILABLE',
  ENETUNREACH: 'STORE_UNAVAILABLE',
  ENOTFOUND: 'STORE_UNAVAILABLE',
  EPIPE: 'STORE_UNAVAILABLE',
  ETIMEDOUT: 'STORE_UNAVAILABLE',
};

/** Codes of Prisma's client, for errors that carry no SQLSTATE. Source: Prisma's error reference. */
export const byPrismaCode: Readonly<Record<string, ErrorCode>> = {
  P1000: 'STORE_CREDENTIALS_REFUSED',
  P1001: 'STORE_UNAVAILABLE',
  P1002: 'STORE_UNAVAILABLE',
  P1003: 'STORE_DATABASE_MISSING',
  P1008: 'STORE_UNAVAILABLE',
  P1010: 'STORE_CREDENTIALS_REFUSED',
  P1011: 'STORE_UNAVAILABLE',
  P1017: 'STORE_UNAVAILABLE',
  P2024: 'STORE_UNAVAILABLE',
  P2028: 'STORE_UNAVAILABLE',
  P2034: 'STORE_CONFLICT',
  P2037: 'STORE_UNAVAILABLE',
};

/** Texts of pg, which gives these errors no code. */
export const byMessage: Readonly<Record<string, ErrorCode>> = {
  'Client has encountered a connection error and is not queryable': 'STORE_UNAVAILABLE',
  'Client was closed and is not queryable': 'STORE_UNAVAILABLE',
  'Connection terminated': 'STORE_UNAVAILABLE',
  'Connection terminated due to connection timeout': 'STORE_UNAVAILABLE',
  'Connection terminated unexpectedly': 'STORE_UNAVAILABLE',
  'Query read timeout': 'STORE_UNAVAILABLE',
  'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a non-empty string': 'STORE_CREDENTIALS_REFUSED',
  'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string': 'STORE_CREDENTIALS_REFUSED',
  'The server does not support SSL connections': 'STORE_UNAVAILABLE',
  'timeout exceeded when trying to connect': 'STORE_UNAVAILABLE',
  'timeout expired': 'STORE_UNAVAILABLE',
};

const messages: Partial<Record<ErrorCode, string>> = {
  STORE_CONFLICT: 'another transaction was in the way',
  STORE_CREDENTIALS_REFUSED: 'PostgreSQL refused the credentials of DATABASE_URL',
  STORE_DATABASE_MISSING: 'the database named in DATABASE_URL does not exist',
  STORE_PRIVILEGE_MISSING: 'the database role lacks a privilege',
  STORE_REJECTED: 'PostgreSQL refused a statement',
  STORE_UNAVAILABLE: 'PostgreSQL does not answer',
};

/**
 * Gives an error of pg, of Prisma or of the network its place in our set. What PostgreSQL says about row values stays
 * in the cause; details name only the SQLSTATE, the table and the constraint.
 */
export function translateStoreError(error: unknown): UmbraError {
  if (isUmbraError(error)) return error;
  const facts = factsOf(error);
  const code = codeOf(facts);
  const details: Record<string, string> = {};
  for (const name of ['sqlState', 'systemCode', 'prismaCode', 'table', 'constraint'] as const) {
    const value = facts[name];
    if (value !== undefined) details[name] = value;
  }
  return new UmbraError(code, messages[code] ?? 'PostgreSQL refused a statement', { cause: error, details });
}

interface ErrorFacts {
  sqlState?: string;
  systemCode?: string;
  prismaCode?: string;
  table?: string;
  constraint?: string;
  message?: string;
}

function codeOf(facts: ErrorFacts): ErrorCode {
  const { sqlState, systemCode, prismaCode, message } = facts;
  return (
    (sqlState === undefined ? undefined : (bySqlState[sqlState] ?? bySqlStateClass[sqlState.slice(0, 2)])) ??
    (systemCode === undefined ? undefined : bySystemCode[systemCode]) ??
    (prismaCode === undefined ? undefined : byPrismaCode[prismaCode]) ??
    (message === undefined ? undefined : byMessage[message]) ??
    'STORE_REJECTED'
  );
}

function factsOf(error: unknown): ErrorFacts {
  const facts: ErrorFacts = {};
  if (!isRecord(error)) return facts;
  const code = text(error['code']) ?? text(error['errorCode']);
  if (code !== undefined) {
    if (/^P\d{4}$/.test(code)) facts.prismaCode = code;
    else if (/^[0-9A-Z]{5}$/.test(code) && !code.startsWith('E')) facts.sqlState = code;
    else facts.systemCode = code;
  }
  const original = originalOf(error);
  if (original !== undefined) facts.sqlState = original;
  const table = text(error['table']);
  if (table !== undefined) facts.table = table;
  const constraint = text(error['constraint']);
  if (constraint !== undefined) facts.constraint = constraint;
  const message = text(error['message']);
  if (message !== undefined) facts.message = message;
  return facts;
}

/** Prisma keeps the server's SQLSTATE in the driver adapter's error. */
function originalOf(error: Record<string, unknown>): string | undefined {
  const meta = error['meta'];
  const adapterError = isRecord(meta) ? meta['driverAdapterError'] : error;
  const cause = isRecord(adapterError) ? adapterError['cause'] : undefined;
  return isRecord(cause) ? text(cause['originalCode']) : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
