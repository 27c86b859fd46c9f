import { getCompileCacheDir } from 'node:module';

/** For a program that is given an environment of its own: what a program of this run compiled serves the next one. */
export function compileCache(): Record<string, string> {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: folder };
}
