import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Clock } from '@umbra/domain';
import { channelOf } from './cache-scripts.ts';
import type { NearStore } from './near-store.ts';

/** How often the connection is asked whether it still stands. */
const PROBE_MS = 250;

const messageSchema = z.object({ epoch: z.string(), count: z.int(), scopes: z.array(z.string()) });
type Message = z.infer<typeof messageSchema>;

/**
 * Tells the near cache of this process what others invalidate.
 *
 * Redis delivers what is published in order, or cuts the connection: so an answered probe proves that everything
 * published before it was sent has arrived. Each message carries the count of its invalidation besides; a gap in it, or
 * another epoch, means that something went another way. Then, and whenever the connection is new, everything held is
 * dropped.
 *
 * States: away (no subscription) → listening (subscribed; probes move `heardUntil`) → away when the connection ends.
 */
export class InvalidationFeed {
  readonly #redis: Redis;
  readonly #near: NearStore;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #channel: string;
  #last: Pick<Message, 'epoch' | 'count'> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #listening = false;

  /** @param options.redis a connection of its own, from `connectFast`: one that listens can do nothing else */
  constructor(options: {
    readonly redis: Redis;
    readonly near: NearStore;
    readonly clock: Pick<Clock, 'monotonic'>;
  }) {
    this.#redis = options.redis;
    this.#near = options.near;
    this.#clock = options.clock;
    this.#channel = channelOf(options.redis);
    options.redis.on('ready', () => void this.#listen());
    options.redis.on('close', () => this.#stop());
    options.redis.on('message', (_channel: string, text: string) => this.#take(text));
    if (options.redis.status === 'ready') void this.#listen();
  }

  close(): void {
    this.#stop();
  }

  async #listen(): Promise<void> {
    try {
      this.#last = undefined;
      await this.#redis.subscribe(this.#channel);
      this.#near.missed();
      this.#listening = true;
      await this.#probe();
    } catch {
      // The connection ended meanwhile; the next one listens anew.
    }
  }

  #stop(): void {
    this.#listening = false;
    clearTimeout(this.#timer);
  }

  async #probe(): Promise<void> {
    if (!this.#listening) return;
    const sent = this.#clock.monotonic();
    try {
      await this.#redis.ping();
      this.#near.heardUntil(sent);
    } catch {
      return; // 'close' follows
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#probe(), PROBE_MS).unref();
  }

  #take(text: string): void {
    const message = readMessage(text);
    const last = this.#last;
    this.#last = message;
    const inOrder = last === undefined || (message?.epoch === last.epoch && message.count === last.count + 1);
    if (message === undefined || !inOrder) this.#near.missed();
    else this.#near.invalidated(message.scopes);
  }
}

/** undefined for what another release published, or nobody of us. */
function readMessage(text: string): Message | undefined {
  try {
    return messageSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
