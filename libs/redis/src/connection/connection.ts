/**
 * Two ways to talk to one server, which must not share a connection:
 *
 * - a worker waits for ever: while Redis is away nothing is lost by waiting, and BullMQ demands it;
 * - everybody else fails at once: a reader who waits for the cache is served later than without one.
 */
import { Redis, type CommonRedisOptions } from 'ioredis';
import type { Log } from '@umbra/domain';

export interface ConnectionOptions {
  /** `redis://` or `rediss://`, with user, password and database where needed. */
  readonly url: string;
  /** Shown by `CLIENT LIST`, for people who ask what holds a connection. */
  readonly name: string;
  /** Without one, losing the connection is told by the failing commands alone. */
  readonly log?: Log;
}

/**
 * A connection that answers or fails: nothing is queued while it is down, nothing is sent twice. A server that takes
 * commands and says nothing for `silenceMs` counts as gone, so that commands do not pile up behind a dead peer.
 */
export function connectFast(options: ConnectionOptions & { readonly silenceMs?: number }): Redis {
  const silenceMs = options.silenceMs ?? 1_000;
  return open(options, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    connectTimeout: silenceMs,
    socketTimeout: silenceMs,
    // Quickly back after a restart, without a storm: at most once a second, not all processes at once.
    retryStrategy: (attempt) => Math.min(25 * 2 ** Math.min(attempt, 6), 1_000) * (0.75 + Math.random() / 4),
  });
}

/** A connection that waits until the server is back. BullMQ's workers need exactly this. */
export function connectPatient(options: ConnectionOptions): Redis {
  return open(options, { maxRetriesPerRequest: null });
}

type ConnectionSettings = Pick<
  CommonRedisOptions,
  | 'autoResendUnfulfilledCommands'
  | 'connectTimeout'
  | 'enableOfflineQueue'
  | 'maxRetriesPerRequest'
  | 'retryStrategy'
  | 'socketTimeout'
>;

function open({ url, name, log }: ConnectionOptions, settings: ConnectionSettings): Redis {
  const redis = new Redis(url, { connectionName: `umbra.${name}`, ...settings });
  watch(redis, log?.child({ connection: name }));
  return redis;
}

/**
 * Listens for errors, which ioredis would otherwise print. One line when the connection is lost and one when it is back, however many attempts lie between.
 */
function watch(redis: Redis, log: Log | undefined): void {
  let lost = false;
  redis.on('error', (error: Error) => {
    if (lost) return;
    lost = true;
    log?.warn({ err: error }, 'redis connection lost');
  });
  redis.on('ready', () => {
    if (lost) log?.info({}, 'redis connection back');
    lost = false;
  });
}
