import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { ClientRates, Clock, Log, RateDecision } from '@umbra/domain';
import { within } from '../connection/deadline.ts';

/** A burst may use the whole window at once; whoever is refused learns within it when to come back. */
const WINDOW_SECONDS = 10;
const SHARE_EVERY_MS = 200;

export interface ClientRatesOptions {
  /** From `connectFast`. */
  readonly redis: Redis;
  readonly name: string;
  readonly perSecond: number;
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly log: Log;
}

/**
 * Rates of the busiest path: judged in memory, without a round trip, and told to the other processes a few times a
 * second. So a caller who spreads over several processes is held to his rate by all of them together, at most one such
 * interval late. While Redis is away each process judges by what it sees itself.
 */
export class SpreadClientRates implements ClientRates {
  readonly #options: ClientRatesOptions;
  readonly #here: RateLimiterMemory;
  readonly #everywhere: RateLimiterRedis;
  readonly #unshared = new Map<string, number>();
  #sharedAt = Number.NEGATIVE_INFINITY;
  #sharing = false;

  constructor(options: ClientRatesOptions) {
    this.#options = options;
    const points = options.perSecond * WINDOW_SECONDS;
    this.#here = new RateLimiterMemory({ points, duration: WINDOW_SECONDS });
    this.#everywhere = new RateLimiterRedis({
      storeClient: options.redis,
      keyPrefix: `rate:${options.name}`,
      points,
      duration: WINDOW_SECONDS,
      rejectIfRedisNotReady: true,
    });
  }

  async take(key: string): Promise<RateDecision> {
    try {
      await this.#here.consume(key);
    } catch (refused) {
      return { ok: false, retryAfterMs: waitOf(refused) };
    }
    this.#unshared.set(key, (this.#unshared.get(key) ?? 0) + 1);
    const now = this.#options.clock.monotonic();
    if (!this.#sharing && now - this.#sharedAt >= SHARE_EVERY_MS) {
      this.#sharedAt = now;
      void this.share();
    }
    return { ok: true };
  }

  /** Tells the others what was taken here and learns what was taken there. Never throws. */
  async share(): Promise<void> {
    this.#sharing = true;
    const taken = [...this.#unshared];
    this.#unshared.clear();
    try {
      await Promise.all(
        taken.map(async ([key, points]) => {
          const all = await within(SHARE_EVERY_MS, this.#everywhere.penalty(key, points));
          if (all.remainingPoints > 0) return;
          await this.#here.block(key, Math.max(all.msBeforeNext, 1) / 1_000);
        }),
      );
    } catch (error) {
      this.#options.log.debug({ err: error }, 'rates are not shared');
    } finally {
      this.#sharing = false;
    }
  }
}

/** Rates of what is costly: every request is judged by the count of all processes; without Redis by our own. */
export class ExactClientRates implements ClientRates {
  readonly #everywhere: RateLimiterRedis;
  readonly #here: RateLimiterMemory;

  constructor({ name, perSecond, redis }: ClientRatesOptions) {
    const limits = { points: Math.max(1, Math.round(perSecond * WINDOW_SECONDS)), duration: WINDOW_SECONDS };
    this.#here = new RateLimiterMemory(limits);
    this.#everywhere = new RateLimiterRedis({
      ...limits,
      storeClient: redis,
      keyPrefix: `rate:${name}`,
      rejectIfRedisNotReady: true,
    });
  }

  async take(key: string): Promise<RateDecision> {
    try {
      await within(50, this.#everywhere.consume(key));
      return { ok: true };
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return { ok: false, retryAfterMs: waitOf(refused) };
    }
    try {
      await this.#here.consume(key);
      return { ok: true };
    } catch (refused) {
      return { ok: false, retryAfterMs: waitOf(refused) };
    }
  }
}

function waitOf(refused: unknown): number {
  return refused instanceof RateLimiterRes ? Math.max(1, refused.msBeforeNext) : 1_000;
}
