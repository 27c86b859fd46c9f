import { join, resolve } from 'node:path';

/** The repository root, three folders above this file. */
export const repositoryRoot: string = resolve(import.meta.dirname, '../../..');

/** Where everything that is not tracked lives. Deleting the folder returns the checkout to a fresh clone. */
export interface StackPaths {
  readonly root: string;
  /** `.umbra` */
  readonly home: string;
  /** Redis as unpacked by `redis-source.ts`; absent when Redis came from PATH. */
  readonly redisInstall: string;
  /** promtool as unpacked by `promtool.ts`; absent when it came from PATH. */
  readonly prometheusInstall: string;
  /** Database files, key material and ports: what a second `up` must find again. */
  readonly data: string;
  readonly logs: string;
  /** Which processes run on behalf of `up`. */
  readonly stateFile: string;
  readonly lockFile: string;
  /** KEY=value lines that the apps read below their own environment. */
  readonly envFile: string;
  readonly keysFile: string;
  readonly tests: string;
}

export function stackPaths(root: string = repositoryRoot): StackPaths {
  const home = join(root, '.umbra');
  return {
    root,
    home,
    redisInstall: join(home, 'redis'),
    prometheusInstall: join(home, 'prometheus'),
    data: join(home, 'data'),
    logs: join(home, 'logs'),
    stateFile: join(home, 'run.json'),
    lockFile: join(home, 'up.lock'),
    envFile: join(home, 'env'),
    keysFile: join(home, 'keys'),
    tests: join(home, 'test'),
  };
}
