import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { JobQueue, Log, MirroredObjectName, RefreshRequests } from '@umbra/domain';
import { within } from '../connection/deadline.ts';
import { LuaScript } from '../connection/lua-script.ts';
import { translateError } from '../translate-error.ts';

/** Readers ask again and again for a record that is too old; one reading a minute serves them all. */
const ONCE_PER_MS = 60_000;
/** What the payload of `refresh-record` takes at most. */
const IDS_PER_JOB = 2_000;

/** KEYS: a claim per id. ARGV[1] its life in ms. Returns the positions (from 1) of the claims that were free. */
const claimScript = `
local won = {}
for i = 1, #KEYS do
  if redis.call('SET', KEYS[i], 1, 'NX', 'PX', ARGV[1]) then won[#won + 1] = i end
end
return won
`;

export interface RefreshRequestsOptions {
  /** From `connectFast`. */
  readonly redis: Redis;
  readonly queue: JobQueue;
  readonly log: Log;
  readonly patienceMs?: number;
}

/**
 * Posts `refresh-record` for the ids that nobody asked for in the last minute. The claim is made per id, not per
 * job, because a list and a single record may overlap; a claim whose job could not be added is given back.
 */
export class QueuedRefreshRequests implements RefreshRequests {
  readonly #redis: Redis;
  readonly #queue: JobQueue;
  readonly #log: Log;
  readonly #patienceMs: number;
  readonly #claim: LuaScript;

  constructor(options: RefreshRequestsOptions) {
    this.#redis = options.redis;
    this.#queue = options.queue;
    this.#log = options.log;
    this.#patienceMs = options.patienceMs ?? 2_000;
    this.#claim = new LuaScript(options.redis, 'umbraRefreshClaim', claimScript);
  }

  async request(object: MirroredObjectName, ids: readonly string[]): Promise<void> {
    const distinct = [...new Set(ids)];
    try {
      for (let from = 0; from < distinct.length; from += IDS_PER_JOB) {
        await this.#post(object, distinct.slice(from, from + IDS_PER_JOB));
      }
    } catch (error) {
      this.#log.warn({ err: translateError(error), object }, 'refresh not requested');
    }
  }

  async #post(object: MirroredObjectName, ids: readonly string[]): Promise<void> {
    const claims = ids.map((id) => `refresh:${object}:${id}`);
    const reply = await within(this.#patienceMs, this.#claim.run(claims, [ONCE_PER_MS]));
    const won = z.array(z.int()).parse(reply);
    const asked = won.flatMap((at) => ids.slice(at - 1, at));
    if (asked.length === 0) return;
    try {
      await this.#queue.add('refresh-record', { object, ids: asked });
    } catch (error) {
      await within(this.#patienceMs, this.#redis.unlink(won.flatMap((at) => claims.slice(at - 1, at))));
      throw error;
    }
  }
}
