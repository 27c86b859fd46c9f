export type LogFields = Readonly<Record<string, unknown>>;

/** Structured log: a constant message and fields. Never a record body. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** The same log with fields bound once. */
  child(fields: LogFields): Log;
}
