import { isUmbraError, type ErrorCode } from '@umbra/domain';

/** Exit codes of every process and command. Numbers from `sysexits.h`. */
export const exitCodes = {
  ok: 0,
  /** A defect of ours, or an error that nobody foresaw. */
  failed: 1,
  usage: 64,
  /** Counts or verification differ. */
  different: 65,
  /** A service is unreachable or too old, or a port is taken. */
  unavailable: 69,
  /** Interrupted; what was done is kept, `--resume` continues. */
  interrupted: 75,
  /** The database schema is newer than the code. */
  schemaNewer: 76,
  /** Salesforce refused the credentials. */
  refused: 77,
  /** Configuration, including Redis' eviction policy and missing embedded services. */
  configuration: 78,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const byCode: Partial<Record<ErrorCode, ExitCode>> = {
  INPUT_CONFIGURATION: exitCodes.configuration,
  INPUT_PORT_TAKEN: exitCodes.unavailable,
  QUEUE_EVICTION_POLICY: exitCodes.configuration,
  SF_BULK_ROW_COUNT: exitCodes.different,
  SF_CREDENTIALS_REFUSED: exitCodes.refused,
  SF_FIELD_MISSING: exitCodes.configuration,
  SF_URL_REFUSED: exitCodes.configuration,
  STORE_CREDENTIALS_REFUSED: exitCodes.refused,
  STORE_DATABASE_MISSING: exitCodes.configuration,
  STORE_MIGRATION_FAILED: exitCodes.configuration,
  STORE_PRIVILEGE_MISSING: exitCodes.configuration,
  STORE_SCHEMA_BEHIND: exitCodes.configuration,
  STORE_SCHEMA_NEWER: exitCodes.schemaNewer,
  SYNC_BUSY: exitCodes.interrupted,
  SYNC_CURRENCY_MISSING: exitCodes.configuration,
  SYNC_NOTHING_TO_RESUME: exitCodes.usage,
  SYNC_ORG_CHANGED: exitCodes.configuration,
  SYNC_UNKNOWN_OBJECT: exitCodes.usage,
};

/** The exit code that an error asks for: by its code where that decides, else by its kind. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!isUmbraError(error)) return exitCodes.failed;
  const decided = byCode[error.code];
  if (decided !== undefined) return decided;
  if (error.code.startsWith('INPUT_')) return exitCodes.usage;
  switch (error.kind) {
    case 'unavailable':
    case 'throttled':
      return exitCodes.unavailable;
    case 'unauthorised':
      return exitCodes.refused;
    case 'conflict':
      return exitCodes.interrupted;
    case 'invalid':
    case 'not-found':
    case 'invariant':
      return exitCodes.failed;
  }
}
