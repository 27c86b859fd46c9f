import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { FleetBoard } from '@umbra/domain';
import { within } from '../connection/deadline.ts';
import { LuaScript } from '../connection/lua-script.ts';
import { whenReady } from '../connection/when-ready.ts';
import { translateError } from '../translate-error.ts';

/** KEYS: texts, ends. ARGV: process, text, life in ms; all empty when only asking. Answers the texts that still live. */
const boardScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now)) do
  redis.call('HDEL', KEYS[1], gone)
  redis.call('ZREM', KEYS[2], gone)
end
if ARGV[1] ~= '' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[3] * 2)
  redis.call('PEXPIRE', KEYS[2], ARGV[3] * 2)
  return {}
end
return redis.call('HGETALL', KEYS[1])
`;

/** What processes tell of themselves, under `fleet:texts` and `fleet:ends`. */
export class RedisFleetBoard implements FleetBoard {
  readonly #redis: Redis;
  readonly #board: LuaScript;
  readonly #patienceMs: number;

  /** @param options.redis from `connectFast` */
  constructor(options: { readonly redis: Redis; readonly patienceMs?: number }) {
    this.#redis = options.redis;
    this.#board = new LuaScript(options.redis, 'umbraFleetBoard', boardScript);
    this.#patienceMs = options.patienceMs ?? 250;
  }

  async post(process: string, text: string, lifeSeconds: number): Promise<void> {
    await this.#run([process, text, lifeSeconds * 1_000]);
  }

  async read(): Promise<ReadonlyMap<string, string>> {
    const flat = z.array(z.string()).parse(await this.#run(['', '', 0]));
    const texts = new Map<string, string>();
    for (let at = 0; at + 1 < flat.length; at += 2) texts.set(flat[at] ?? '', flat[at + 1] ?? '');
    return texts;
  }

  async #run(parameters: readonly (string | number)[]): Promise<unknown> {
    try {
      await whenReady(this.#redis, this.#patienceMs);
      return await within(this.#patienceMs, this.#board.run(['fleet:texts', 'fleet:ends'], parameters));
    } catch (error) {
      throw translateError(error);
    }
  }
}
