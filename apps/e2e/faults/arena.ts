import {
  FaultProxy,
  startOwnPostgres,
  startOwnRedis,
  type OwnPostgres,
  type OwnRedis,
} from '@umbra/testing/servers';
import { installTraces } from '../checkers/traces.ts';
import { startSimulator } from '../harness/simulator.ts';
import { inhabit, type World } from '../harness/world.ts';

/** A way out of a program that can be broken. The legs to Salesforce's HTTP APIs are broken by the simulator's faults. */
export type Leg = 'pubsub' | 'postgres' | 'redis';
export const legs: readonly Leg[] = ['pubsub', 'postgres', 'redis'];

/** A world whose servers may be killed, with recorders in its database and proxies before its servers. */
export interface Arena extends World {
  readonly postgres: OwnPostgres;
  readonly redisServer: OwnRedis;
  readonly proxies: Readonly<Record<Leg, FaultProxy>>;
  /** Environment that leads a program through these proxies. */
  through(which: readonly Leg[]): Record<string, string>;
  /** Every knob and fault of the org, and every proxy, as in peaceful times. */
  calm(): Promise<void>;
}

/** As often as the short profile expects life signs; Salesforce's minute would count as silence there. */
const peaceful = { keepAliveEvery: 1 };

/**
 * Runs `body` in an arena with the demo org and an empty shadow.
 * @param env of every program in it
 */
export async function withArena(
  body: (arena: Arena) => Promise<void>,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const closers: (() => Promise<void>)[] = [];
  const kept = <T extends { close(): Promise<void> }>(it: T): T => {
    closers.push(() => it.close());
    return it;
  };
  try {
    const [postgres, redisServer, org] = await Promise.all([
      startOwnPostgres().then(kept),
      startOwnRedis({ 'maxmemory-policy': 'noeviction' }).then(kept),
      startSimulator().then(kept),
    ]);
    const proxyTo = async (host: string): Promise<FaultProxy> => {
      const [hostname = '', port = ''] = host.split(':');
      return kept(await FaultProxy.start({ host: hostname, port: Number(port) }));
    };
    const endpoint = org.env['SF_PUBSUB_ENDPOINT'] ?? '';
    const proxies = {
      pubsub: await proxyTo(endpoint),
      postgres: await proxyTo(new URL(postgres.url).host),
      redis: await proxyTo(new URL(redisServer.url).host),
    };
    const knobs = await org.control<Record<string, unknown>>('GET', '/knobs');
    const streamKnobs = await org.control<Record<string, unknown>>('GET', '/pubsub/knobs');
    const database = { name: 'umbra', url: postgres.url, rows: postgres.rows };
    const { url: redisUrl, redis } = redisServer;
    await inhabit(
      { org, database, redisUrl, redis },
      async (world) => {
        const arena: Arena = {
          ...world,
          postgres,
          redisServer,
          proxies,
          through: (which) => environmentThrough(which, proxies, world),
          calm: async () => {
            for (const proxy of Object.values(proxies)) proxy.set({ kind: 'pass' });
            await org.clearFaults();
            await org.control('PATCH', '/knobs', knobs);
            await org.control('PATCH', '/pubsub/knobs', { ...streamKnobs, ...peaceful });
          },
        };
        await arena.calm();
        await installTraces(postgres.rows);
        await body(arena);
      },
      env,
    );
  } finally {
    for (const close of closers.reverse()) await close();
  }
}

function environmentThrough(
  which: readonly Leg[],
  proxies: Arena['proxies'],
  { database, redisUrl }: World,
): Record<string, string> {
  const through = {
    pubsub: () => ({ SF_PUBSUB_ENDPOINT: `127.0.0.1:${proxies.pubsub.port}` }),
    postgres: () => ({ DATABASE_URL: proxies.postgres.through(database.url) }),
    redis: () => ({ REDIS_URL: proxies.redis.through(redisUrl) }),
  };
  return Object.assign({}, ...which.map((leg) => through[leg]())) as Record<string, string>;
}
