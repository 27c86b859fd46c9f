import { createHash } from 'node:crypto';
import type { Clock, FieldMap, Log, Tracer } from '@umbra/domain';
import {
  createHttpApp,
  isLoopbackHost,
  loadFieldMap,
  openCallers,
  openTracer,
  PrometheusMeter,
  QueueHealthReporter,
  Readiness,
  RequestWatch,
  securityEvent,
  StartChecks,
  startFleetHealth,
  traced,
  type HttpApp,
  type Pino,
  type Shutdown,
} from '@umbra/platform';
import { createReads, ShadowComparison, type DegradationLadder, type Reads } from '@umbra/reads';
import { checkRedis, RedisServices } from '@umbra/redis';
import { openSalesforce, SalesforceReadThrottleGuard, type Salesforce } from '@umbra/salesforce';
import { createStore, type Store } from '@umbra/store';
import { HeldByUrl } from './api/held-by-url.ts';
import { BffModule } from './bff.module.ts';
import { fieldMapCheck } from './field-map-check.ts';
import { openLadder } from './ladder.ts';
import { priceListingSource } from './price-listing.ts';
import type { BffSettings } from './settings.ts';

export interface BffOptions {
  readonly settings: BffSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly pino: Pino;
  readonly shutdown: Shutdown;
}

export interface Bff {
  readonly app: HttpApp;
  /** Settles once every start check has passed. @throws UmbraError when one fails for good */
  readonly checked: Promise<unknown>;
}

/** The adapters of the process. */
interface Adapters {
  readonly store: Store;
  readonly redis: RedisServices;
  readonly salesforce: Salesforce;
}

/**
 * Wires the BFF. It starts while PostgreSQL, Redis or Salesforce are away, as it can answer from the others; what is
 * wrong for good (eviction policy, a schema it does not know, versions too old) ends it.
 * @throws UmbraError INPUT_CONFIGURATION, and what the first round of start checks finds for good
 */
export async function startBff(options: BffOptions): Promise<Bff> {
  const { settings, clock, log, pino, shutdown } = options;
  const fieldMap = loadFieldMap(settings.catalogue.fieldMapFile);
  const callers = openCallers(settings.auth, { clock, log });
  shutdown.onStop('callers', () => callers.close());
  if (!isLoopbackHost(settings.bff.host))
    securityEvent(log, 'address-open', { listenHost: settings.bff.host });
  const meter = new PrometheusMeter('bff').includeProcess();
  const tracer = await openTracer(settings.tracing, 'bff', shutdown);
  const adapters = openAdapters(options, meter);
  const { store, redis, salesforce } = adapters;

  const checks = new StartChecks({
    checks: [
      { name: 'postgres', run: () => store.check() },
      { name: 'redis', run: async () => void (await checkRedis({ url: settings.redis.url.reveal() })) },
    ],
    clock,
    log,
    signal: shutdown.signal,
  });
  const readiness = bffReadiness(adapters, checks, clock);
  shutdown.signal.addEventListener('abort', () => readiness.drain());
  const ladder = openLadder({ ...options, ...adapters, cache: () => redis.board.read(), meter });
  const reads = joinReads(adapters, ladder, fieldMap, { meter, tracer }, options);
  const throttle = readThrottle(redis, options);
  const { trustedProxyHops, corsOrigins } = settings.bff;
  const app = await createHttpApp(BffModule.with({ reads }), {
    pino,
    log,
    clock,
    meter,
    readiness,
    queues: new QueueHealthReporter({
      salesforce: salesforce.queue,
      reads: ladder,
      fleet: startFleetHealth({ board: redis.board, salesforce: salesforce.queue, clock, log, shutdown }),
      queue: redis.health,
      shadow: store.reads,
      streams: store.streamLog,
      changes: store.changeLog,
      aside: store.shadow,
      clock,
      log,
    }),
    callers: callers.callers,
    guards: [throttle],
    held: { held: new HeldByUrl(reads.held), limit: (client) => throttle.take(client) },
    trustedProxyHops,
    corsOrigins,
    tracer,
  });
  // Last in, first out: what has arrived is answered while everything it needs is still open.
  shutdown.onStop('http', () => app.close());
  const requests = new RequestWatch(app.server, clock);
  shutdown.onStop('requests', () => requests.quiet());
  await checks.round();
  const checked = Promise.all([
    checks.untilPassed(),
    fieldMapCheck(adapters, fieldMap, options).untilPassed(),
  ]);
  // Whoever awaits it hears of a failure; until then it must not count as nobody's.
  checked.catch(() => undefined);
  return { app, checked };
}

function openAdapters({ settings, clock, log, shutdown }: BffOptions, meter: PrometheusMeter): Adapters {
  const store = createStore({
    databaseUrl: settings.database.url.reveal(),
    applicationName: 'umbra-bff',
    // A reader waits seconds at most, and Salesforce is still to be asked after that.
    statementTimeoutMs: 2_000,
    connectTimeoutMs: 2_000,
  });
  shutdown.onStop('postgres', () => store.close());
  const redis = new RedisServices({ url: settings.redis.url.reveal(), clock, log, nearCache: true });
  shutdown.onStop('redis', () => redis.close());
  const salesforce = openSalesforce(settings.salesforce, {
    clock,
    log,
    meter,
    ledger: store.budget,
    budget: redis.budget,
    slots: redis.slots,
    texts: redis.texts,
  });
  shutdown.onStop('salesforce', () => salesforce.close());
  return { store, redis, salesforce };
}

function readThrottle(
  { rates }: RedisServices,
  { clock, settings }: BffOptions,
): SalesforceReadThrottleGuard {
  const { clientFreshReadsPerMinute, clientRequestsPerSecond } = settings.bff;
  return new SalesforceReadThrottleGuard({
    requests: rates({ name: 'reads', perSecond: clientRequestsPerSecond, exact: false }),
    freshReads: rates({ name: 'fresh-reads', perSecond: clientFreshReadsPerMinute / 60, exact: true }),
    prefix: '/api/',
    clock,
  });
}

function joinReads(
  { store, redis, salesforce }: Adapters,
  ladder: DegradationLadder,
  fieldMap: FieldMap,
  { meter, tracer }: { readonly meter: PrometheusMeter; readonly tracer: Tracer },
  { settings, clock, log, shutdown }: BffOptions,
): Reads {
  const { pricebookId, defaultCurrency } = settings.catalogue;
  const { catalogStaleAfterSeconds, compare, eligibilityStaleAfterSeconds, shadow } = settings.reads;
  const refresh = redis.refreshRequests;
  const comparison = compare ? new ShadowComparison({ refresh, clock, log, meter }) : undefined;
  if (comparison !== undefined) shutdown.onStop('shadow comparison', () => comparison.close());
  return createReads(
    {
      cache: traced(tracer, 'cache', redis.cache),
      near: redis.near,
      claims: redis.loadClaims,
      shadow: traced(tracer, 'shadow', store.reads),
      live: traced(tracer, 'salesforce', salesforce.live),
      refresh: comparison ?? refresh,
      ...(comparison === undefined ? {} : { compare: comparison }),
      clock,
      log,
      meter,
      hash: (text) => createHash('sha256').update(text).digest('base64url').slice(0, 27),
      priceListing: priceListingSource({
        pricebookId,
        defaultCurrency,
        remembered: () => store.org.known(),
        asked: () => salesforce.records.org(),
      }),
      rules: ladder.rules,
    },
    { fieldMap, catalogStaleAfterSeconds, eligibilityStaleAfterSeconds, shadowReads: shadow && !compare },
  );
}

/**
 * Ready while it can answer from any rung: the shadow, Salesforce, or what the cache holds. Salesforce counts as away
 * while its queue refuses calls (credentials, daily share); asking it here would spend calls on whoever asks for our health.
 */
function bffReadiness(
  { store, redis, salesforce }: Adapters,
  checks: StartChecks,
  clock: Clock,
): Readiness<'postgres' | 'redis' | 'salesforce'> {
  return new Readiness({
    checks: {
      postgres: async () => {
        await store.ping();
        return checks.passed('postgres');
      },
      redis: async () => {
        await redis.health.snapshot();
        return checks.passed('redis');
      },
      salesforce: () => Promise.resolve(salesforce.queue.conditions().degradation.state !== 'degraded'),
    },
    verdict: (parts) => Object.values(parts).includes('up'),
    clock,
  });
}
