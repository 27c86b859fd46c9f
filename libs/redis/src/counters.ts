import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { SharedCounters } from '@umbra/domain';
import { within } from './connection/deadline.ts';
import { LuaScript } from './connection/lua-script.ts';
import { translateError } from './translate-error.ts';

/** KEYS[1] counter. ARGV: by, life in seconds. The life starts with the counter: a window ends whoever adds to it. */
const addScript = `
local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
if redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return sum
`;

/** Counters under `counter:<name>`, shared by all processes. */
export class RedisCounters implements SharedCounters {
  readonly #redis: Redis;
  readonly #add: LuaScript;
  readonly #patienceMs: number;

  /** @param options.redis from `connectFast` */
  constructor(options: { readonly redis: Redis; readonly patienceMs?: number }) {
    this.#redis = options.redis;
    this.#add = new LuaScript(options.redis, 'umbraCounterAdd', addScript);
    this.#patienceMs = options.patienceMs ?? 50;
  }

  async add(name: string, by: number, ttlSeconds: number): Promise<number> {
    return this.#ask(async () => z.number().parse(await this.#add.run([keyOf(name)], [by, ttlSeconds])));
  }

  async get(name: string): Promise<number> {
    return this.#ask(async () => Number((await this.#redis.get(keyOf(name))) ?? 0));
  }

  async #ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await within(this.#patienceMs, work());
    } catch (error) {
      throw translateError(error);
    }
  }
}

function keyOf(name: string): string {
  return `counter:${name}`;
}
