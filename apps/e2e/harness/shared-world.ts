import { afterAll, beforeAll } from '@jest/globals';
import { withWorld, type World } from './world.ts';

/**
 * One world for all tests of a file, furnished once: its tests look at it from several sides. Tests that damage it
 * clear up after themselves, or have a world of their own.
 * @returns the world, from within tests and hooks
 */
export function sharedWorld(
  furnish: (world: World) => Promise<void>,
  simulatorArgs: readonly string[] = [],
): () => World {
  const opened = Promise.withResolvers<World>();
  const finished = Promise.withResolvers<undefined>();
  let lived: Promise<void> | undefined;
  let current: World | undefined;
  beforeAll(async () => {
    lived = withWorld(async (world) => {
      opened.resolve(world);
      await finished.promise;
    }, simulatorArgs);
    lived.catch((error: unknown) => opened.reject(error));
    current = await opened.promise;
    await furnish(current);
  }, 240_000);
  afterAll(async () => {
    finished.resolve(undefined);
    await lived;
  }, 120_000);
  return () => {
    if (current === undefined) throw new Error('the world does not exist yet');
    return current;
  };
}
