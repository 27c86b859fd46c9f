import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { CacheEntry } from '@umbra/domain';
import { LuaScript } from '../connection/lua-script.ts';
import {
  channelOf,
  fillScript,
  invalidateScript,
  LONGEST_LOAD_SECONDS,
  lookupScript,
  membersKey,
  raisedKey,
  stateKey,
} from './cache-scripts.ts';

const lookupReply = z.tuple([z.string(), z.string(), z.string()], z.string().nullable());
const generationSchema = z.tuple([z.string(), z.string(), z.string()]);

/** The scripts as functions. Everything here throws what ioredis throws; patience is the callers' business. */
export class CacheStore {
  readonly #lookup: LuaScript;
  readonly #fill: LuaScript;
  readonly #invalidate: LuaScript;
  readonly #channel: string;

  constructor(redis: Redis) {
    this.#channel = channelOf(redis);
    this.#lookup = new LuaScript(redis, 'umbraCacheLookup', lookupScript);
    this.#fill = new LuaScript(redis, 'umbraCacheFill', fillScript);
    this.#invalidate = new LuaScript(redis, 'umbraCacheInvalidate', invalidateScript);
  }

  async lookup(keys: readonly string[]): Promise<{ values: (string | null)[]; generation: string }> {
    const reply = await this.#lookup.run([stateKey, ...keys], [randomUUID(), ...keys.map(prefixOf)]);
    const [epoch, count, time, ...values] = lookupReply.parse(reply);
    return { values, generation: JSON.stringify([epoch, count, time]) };
  }

  async fill(entries: readonly CacheEntry[], generation: string): Promise<number> {
    const [epoch, count, time] = generationSchema.parse(JSON.parse(generation));
    const keys = entries.flatMap(({ key, scopes }) => [
      key,
      ...scopes.map(raisedKey),
      ...scopes.map(membersKey),
    ]);
    const parameters = entries.flatMap(({ key, scopes, ttlSeconds, value }) => [
      scopes.length,
      prefixOf(key),
      ttlSeconds,
      value,
    ]);
    const reply = await this.#fill.run(
      [stateKey, ...keys],
      [epoch, count, time, LONGEST_LOAD_SECONDS, ...parameters],
    );
    return z.number().parse(reply);
  }

  /** Drops what depends on these scopes and tells the near caches; a scope that is a prefix drops all its entries. */
  async invalidate(scopes: readonly string[]): Promise<void> {
    const single = scopes.filter((scope) => !isPrefix(scope));
    await this.#invalidate.run(
      [stateKey, ...single.flatMap((scope) => [raisedKey(scope), membersKey(scope)])],
      [randomUUID(), this.#channel, ...scopes.filter(isPrefix)],
    );
  }
}

/** @throws TypeError for a key without a prefix, which nobody could ever drop as a whole */
function prefixOf(key: string): string {
  const at = key.indexOf(':');
  if (at < 1) throw new TypeError('a cache key begins with its prefix and a colon');
  return key.slice(0, at + 1);
}

function isPrefix(scope: string): boolean {
  return scope.indexOf(':') === scope.length - 1;
}
