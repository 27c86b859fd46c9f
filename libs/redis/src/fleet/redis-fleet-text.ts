import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Clock, FleetText, Log } from '@umbra/domain';
import { within } from '../connection/deadline.ts';
import { LuaScript } from '../connection/lua-script.ts';
import { whenReady } from '../connection/when-ready.ts';

/** Longer than the slowest sign-in; a maker that died holds the others up for this long. */
const LOCK_MS = 30_000;
const LOOK_EVERY_MS = 50;

/** Gives the lock back only if it is still ours. */
const unlockScript = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0`;
/** Writes only under our lock: who was overtaken must not replace what the successor made. */
const writeScript = `
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
`;

export interface FleetTextOptions {
  /** From `connectFast`. */
  readonly redis: Redis;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly log: Log;
  readonly patienceMs?: number;
}

/** Texts under `text:<name>`, made by one process at a time under `text:<name>:lock`. */
export class RedisFleetText implements FleetText {
  readonly #options: FleetTextOptions;
  readonly #unlock: LuaScript;
  readonly #write: LuaScript;

  constructor(options: FleetTextOptions) {
    this.#options = options;
    this.#unlock = new LuaScript(options.redis, 'umbraTextUnlock', unlockScript);
    this.#write = new LuaScript(options.redis, 'umbraTextWrite', writeScript);
  }

  async agree(
    name: string,
    usable: (text: string) => boolean,
    make: () => Promise<{ readonly text: string; readonly lifeSeconds: number }>,
  ): Promise<string> {
    const { clock } = this.#options;
    const holder = randomUUID();
    const end = clock.monotonic() + LOCK_MS;
    while (clock.monotonic() < end) {
      const known = await this.#ask((redis) => redis.get(`text:${name}`));
      if (known === undefined) break;
      if (known !== null && usable(known)) return known;
      const locked = await this.#ask((redis) => redis.set(lockOf(name), holder, 'PX', LOCK_MS, 'NX'));
      if (locked === undefined) break;
      if (locked === 'OK') return this.#make(name, holder, usable, make);
      await clock.sleep(LOOK_EVERY_MS);
    }
    // The server is away, or a maker hangs: one sign-in too many is better than none.
    return (await make()).text;
  }

  async #make(
    name: string,
    holder: string,
    usable: (text: string) => boolean,
    make: () => Promise<{ readonly text: string; readonly lifeSeconds: number }>,
  ): Promise<string> {
    try {
      // Another may have made one between our look and our lock.
      const known = await this.#ask((redis) => redis.get(`text:${name}`));
      if (typeof known === 'string' && usable(known)) return known;
      const { text, lifeSeconds } = await make();
      await this.#ask(() => this.#write.run([`text:${name}`, lockOf(name)], [holder, text, lifeSeconds]));
      return text;
    } finally {
      await this.#ask(() => this.#unlock.run([lockOf(name)], [holder]));
    }
  }

  /** undefined when the server does not answer. */
  async #ask<T>(command: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    const { log, patienceMs = 1_000, redis } = this.#options;
    try {
      await whenReady(redis, patienceMs);
      return await within(patienceMs, command(redis));
    } catch (error) {
      log.debug({ err: error }, 'shared text is away');
      return undefined;
    }
  }
}

function lockOf(name: string): string {
  return `text:${name}:lock`;
}
