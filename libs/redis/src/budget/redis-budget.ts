import type { Redis } from 'ioredis';
import { z } from 'zod';
import {
  requestClasses,
  type ClassCalls,
  type RequestClass,
  type SharedBudget,
  type SharedCount,
  type ToldUsage,
} from '@umbra/domain';
import { within } from '../connection/deadline.ts';
import { LuaScript } from '../connection/lua-script.ts';
import { translateError } from '../translate-error.ts';

/** An hour counts for 25 hours at most. */
const LIFE_SECONDS = 26 * 3600;
/** What Salesforce told so long ago says nothing any more. */
const TOLD_LIFE_SECONDS = 24 * 3600;

/**
 * KEYS: hour, told. ARGV: life of the hour, life of what was told, its stamp and text, number of seeds, then pairs of
 * class and calls: first the seeds of an hour that nobody has counted yet, then what is added.
 */
const addScript = `
if ARGV[3] ~= '' then
  local known = tonumber(redis.call('HGET', KEYS[2], 'stamp') or '-1')
  if tonumber(ARGV[3]) > known then
    redis.call('HSET', KEYS[2], 'stamp', ARGV[3], 'text', ARGV[4])
    redis.call('EXPIRE', KEYS[2], ARGV[2])
  end
end
local added = 6 + 2 * ARGV[5]
local first = redis.call('EXISTS', KEYS[1]) == 1 and added or 6
for at = first, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[at], ARGV[at + 1]) end
if redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {redis.call('HGETALL', KEYS[1]), redis.call('HGET', KEYS[2], 'text') or ''}
`;

const answer = z.tuple([z.array(z.string()), z.string()]);
const toldText = z.object({
  used: z.number(),
  limit: z.number(),
  toldAt: z.iso.datetime(),
  refusedAt: z.iso.datetime().nullable(),
});

/** Calls to Salesforce under `budget:<hour>`, and what Salesforce last told of the org under `budget:told`. */
export class RedisBudget implements SharedBudget {
  readonly #add: LuaScript;
  readonly #patienceMs: number;

  /** @param options.redis from `connectFast` */
  constructor(options: { readonly redis: Redis; readonly patienceMs?: number }) {
    this.#add = new LuaScript(options.redis, 'umbraBudgetAdd', addScript);
    this.#patienceMs = options.patienceMs ?? 50;
  }

  async add(hour: number, calls: ClassCalls, told: ToldUsage | null, seed: ClassCalls): Promise<SharedCount> {
    const seeds = pairsOf(seed);
    try {
      const run = this.#add.run(
        [`budget:${hour}`, 'budget:told'],
        [
          LIFE_SECONDS,
          TOLD_LIFE_SECONDS,
          ...toldArguments(told),
          seeds.length / 2,
          ...seeds,
          ...pairsOf(calls),
        ],
      );
      const [counts, text] = answer.parse(await within(this.#patienceMs, run));
      return { calls: callsOf(counts), told: toldOf(text) };
    } catch (error) {
      throw translateError(error);
    }
  }
}

function pairsOf(calls: ClassCalls): (string | number)[] {
  return requestClasses.flatMap((name) => {
    const count = calls[name] ?? 0;
    return count === 0 ? [] : [name, count];
  });
}

/** The newest word wins, be it a number or a refusal. */
function toldArguments(told: ToldUsage | null): [string | number, string] {
  if (told === null) return ['', ''];
  return [Math.max(told.toldAt.getTime(), told.refusedAt?.getTime() ?? 0), JSON.stringify(told)];
}

function callsOf(counts: readonly string[]): ClassCalls {
  const calls: Partial<Record<RequestClass, number>> = {};
  for (const name of requestClasses) {
    const at = counts.indexOf(name);
    if (at >= 0) calls[name] = Number(counts[at + 1]);
  }
  return calls;
}

function toldOf(text: string): ToldUsage | null {
  if (text === '') return null;
  const { used, limit, toldAt, refusedAt } = toldText.parse(JSON.parse(text));
  return {
    used,
    limit,
    toldAt: new Date(toldAt),
    refusedAt: refusedAt === null ? null : new Date(refusedAt),
  };
}
