import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { LoadClaim, LoadClaims } from '@umbra/domain';
import { within } from '../connection/deadline.ts';
import { LuaScript } from '../connection/lua-script.ts';

/** KEYS: one per claim.  ARGV: token, life in milliseconds.  Returns those that another token holds. */
const claimScript = `
local taken = {}
for _, key in ipairs(KEYS) do
  if not redis.call('SET', key, ARGV[1], 'NX', 'PX', ARGV[2]) then taken[#taken + 1] = key end
end
return taken
`;

/** KEYS: one per claim.  ARGV: token.  A claim that outlived its time may be another's by now. */
const releaseScript = `
for _, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then redis.call('DEL', key) end
end
return 0
`;

const loadingKey = (key: string): string => `cache:loading:${key}`;
const nothingTaken: LoadClaim = { taken: new Set(), release: () => Promise.resolve() };

/** Claims under `cache:loading:*`. In doubt nothing is taken: two loads do no harm, a reader who waits in vain does. */
export class RedisLoadClaims implements LoadClaims {
  readonly #claim: LuaScript;
  readonly #release: LuaScript;
  readonly #patienceMs: number;

  /** @param options.redis from `connectFast` */
  constructor(options: { readonly redis: Redis; readonly patienceMs?: number }) {
    this.#claim = new LuaScript(options.redis, 'umbraLoadClaim', claimScript);
    this.#release = new LuaScript(options.redis, 'umbraLoadRelease', releaseScript);
    this.#patienceMs = options.patienceMs ?? 50;
  }

  async claim(keys: readonly string[], lifeMs: number): Promise<LoadClaim> {
    if (keys.length === 0) return nothingTaken;
    const token = randomUUID();
    try {
      const reply = await within(this.#patienceMs, this.#claim.run(keys.map(loadingKey), [token, lifeMs]));
      const foreign = new Set(z.array(z.string()).parse(reply));
      const own = keys.filter((key) => !foreign.has(loadingKey(key)));
      return {
        taken: new Set(keys.filter((key) => foreign.has(loadingKey(key)))),
        release: () => this.#letGo(own, token),
      };
    } catch {
      return { taken: new Set(), release: () => this.#letGo(keys, token) };
    }
  }

  async #letGo(keys: readonly string[], token: string): Promise<void> {
    if (keys.length === 0) return;
    try {
      await within(this.#patienceMs, this.#release.run(keys.map(loadingKey), [token]));
    } catch {
      // It ends by itself.
    }
  }
}
