/** sysexits(3) numbers that the command line promises; scripts rely on them. */
export const exitCode = {
  usage: 64,
  /** A service cannot be reached, is too old, or its port is taken. */
  unavailable: 69,
  /** Stopped by a signal before it was finished. */
  interrupted: 75,
  configuration: 78,
} as const;

/**
 * A misfortune that the person at the terminal can do something about. The message says what; no stack is
 * printed for it. Anything else that is thrown is a defect and keeps its stack.
 */
export class StackFailure extends Error {
  readonly exitCode: number;

  constructor(message: string, code: number = exitCode.unavailable, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StackFailure';
    this.exitCode = code;
  }
}
