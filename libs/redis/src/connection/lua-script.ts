import type { Redis } from 'ioredis';

/**
 * A script that runs in Redis as one step, sent by its hash and in full only to a server that does not know it yet
 * (ioredis does that, also after a restart or FLUSHALL).
 */
export class LuaScript {
  readonly #call: (keyCount: number, ...keysAndArguments: (string | number)[]) => Promise<unknown>;

  constructor(redis: Redis, name: string, lua: string) {
    redis.defineCommand(name, { lua });
    const commands = redis as unknown as Record<string, (...parts: (string | number)[]) => Promise<unknown>>;
    const command = commands[name];
    if (command === undefined) throw new TypeError(`ioredis defined no command ${name}`);
    this.#call = command.bind(redis);
  }

  run(keys: readonly string[], parameters: readonly (string | number)[]): Promise<unknown> {
    return this.#call(keys.length, ...keys, ...parameters);
  }
}
