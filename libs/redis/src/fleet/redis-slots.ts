import type { Redis } from 'ioredis';
import type { SharedSlots } from '@umbra/domain';
import { within } from '../connection/deadline.ts';
import { LuaScript } from '../connection/lua-script.ts';
import { translateError } from '../translate-error.ts';

/** KEYS[1] places by the end of their lease. ARGV: holder, limit, lease in ms. By the server's clock, which all share. */
const takeScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local mine = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not mine and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3] * 2)
return 1
`;

/** Places under `slots:<name>`. A holder that died gives its place up with the end of its lease. */
export class RedisSlots implements SharedSlots {
  readonly #redis: Redis;
  readonly #take: LuaScript;
  readonly #patienceMs: number;

  /** @param options.redis from `connectFast` */
  constructor(options: { readonly redis: Redis; readonly patienceMs?: number }) {
    this.#redis = options.redis;
    this.#take = new LuaScript(options.redis, 'umbraSlotTake', takeScript);
    this.#patienceMs = options.patienceMs ?? 50;
  }

  async take(name: string, holder: string, limit: number, leaseMs: number): Promise<boolean> {
    return this.#ask(async () => (await this.#take.run([`slots:${name}`], [holder, limit, leaseMs])) === 1);
  }

  async leave(name: string, holder: string): Promise<void> {
    await this.#ask(() => this.#redis.zrem(`slots:${name}`, holder));
  }

  async #ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await within(this.#patienceMs, work());
    } catch (error) {
      throw translateError(error);
    }
  }
}
