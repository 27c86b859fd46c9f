import { passThrough } from '../pass-through.ts';
import { repositoryRoot } from '../paths.ts';
import { withServices } from '../test-services.ts';

/** Runs a benchmark on servers of its own: durable like real ones, and not shared with a running stack. */
export async function bench(args: readonly string[]): Promise<number> {
  const script = ['tools/bench/src/main.ts', ...args];
  if (args.some((word) => word === '--help' || word === '-h')) {
    return passThrough(process.execPath, script, { cwd: repositoryRoot });
  }
  return withServices('bench', (file) =>
    passThrough(process.execPath, [...script, '--services', file], { cwd: repositoryRoot }),
  );
}
