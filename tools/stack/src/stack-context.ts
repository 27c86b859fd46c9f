import type { ChildSpec } from './child.ts';
import type { Environment } from './environment.ts';
import type { KeptPorts } from './kept-ports.ts';
import type { StackPaths } from './paths.ts';
import type { Scale } from './simulated-org.ts';
import type { Supervisor } from './supervisor.ts';

/** What every part needs to come up. */
export interface StackContext {
  readonly paths: StackPaths;
  /** The person's own environment; what it sets replaces something of ours. */
  readonly environment: Environment;
  readonly scale: Scale;
  readonly supervisor: Supervisor;
  readonly ports: KeptPorts;
  /** Tells the person what happens now. */
  readonly say: (line: string) => void;
  /** A log file that a person may want to see while it grows. */
  readonly follow: (name: string, logFile: string) => void;
}

/**
 * A built Node program of this checkout. It runs in the root folder, where it finds `.umbra/env`, with the
 * person's own environment above that.
 */
export function nodeProgram(
  { paths, environment }: Pick<StackContext, 'paths' | 'environment'>,
  name: string,
  script: string,
  args: readonly string[] = [],
): Omit<ChildSpec, 'logFile'> {
  return {
    name,
    command: process.execPath,
    args: ['--enable-source-maps', script, ...args],
    cwd: paths.root,
    env: { ...environment },
  };
}
