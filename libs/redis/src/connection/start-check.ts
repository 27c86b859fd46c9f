import { UmbraError } from '@umbra/domain';
import { translateError } from '../translate-error.ts';
import { connectFast } from './connection.ts';

/** BullMQ needs what Redis 7 brought; Valkey began above it. */
const REDIS_FLOOR = 7;

export interface RedisServer {
  readonly kind: 'redis' | 'valkey';
  readonly version: string;
}

/**
 * Checks at start what cannot be repaired later. An evicting policy is refused, not warned about: under pressure
 * such a server drops a waiting job to make room for a cache entry, and nobody would ever know.
 *
 * @throws UmbraError QUEUE_UNAVAILABLE, QUEUE_CREDENTIALS_REFUSED, QUEUE_TOO_OLD or QUEUE_EVICTION_POLICY
 */
export async function checkRedis(options: {
  readonly url: string;
  /** How long the server may take for its first answer. */
  readonly withinMs?: number;
}): Promise<RedisServer> {
  const redis = connectFast({
    url: options.url,
    name: 'start-check',
    silenceMs: options.withinMs ?? 5_000,
  });
  try {
    // The reason of a refused password or connection arrives as an event; the waiting side hears only "closed".
    await new Promise<void>((resolve, reject) => {
      redis.once('ready', resolve);
      redis.once('error', reject);
      // A server that takes the connection and hangs up gives no reason. (On 'close' its timer could not be stopped yet.)
      redis.once('reconnecting', () => reject(new Error('Connection is closed.')));
    });
    return judge(await redis.info());
  } catch (error) {
    throw translateError(error);
  } finally {
    redis.disconnect();
  }
}

/** Reads the text of `INFO`: unlike `CONFIG`, hosted servers allow it. */
export function judge(info: string): RedisServer {
  const facts = new Map(
    info.split(/\r?\n/).map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  const valkey = facts.get('valkey_version');
  const version = valkey ?? facts.get('redis_version') ?? 'unknown';
  const kind = valkey === undefined ? 'redis' : 'valkey';
  if (kind === 'redis' && !(Number.parseInt(version, 10) >= REDIS_FLOOR)) {
    throw new UmbraError(
      'QUEUE_TOO_OLD',
      `Redis ${version} is too old: version ${REDIS_FLOOR} or newer is needed. Upgrade it, or point REDIS_URL elsewhere.`,
      { details: { version, floor: REDIS_FLOOR } },
    );
  }
  const policy = facts.get('maxmemory_policy') ?? 'unknown';
  if (policy !== 'noeviction') {
    throw new UmbraError(
      'QUEUE_EVICTION_POLICY',
      `Redis has maxmemory-policy ${policy}, so it may drop jobs. Run "CONFIG SET maxmemory-policy noeviction" and set the same in redis.conf.`,
      { details: { policy } },
    );
  }
  return { kind, version };
}
