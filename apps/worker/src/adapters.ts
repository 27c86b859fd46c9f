import type { Tracer } from '@umbra/domain';
import { PrometheusMeter, traced } from '@umbra/platform';
import { RedisServices } from '@umbra/redis';
import { openSalesforce, type PubsubSource, type Salesforce } from '@umbra/salesforce';
import { createStore, type Store } from '@umbra/store';
import type { WorkerTuning } from './tuning.ts';
import type { WorkerOptions } from './worker-options.ts';
import type { Instrument, WorkerPorts } from './worker-ports.ts';

/** The adapters of the process. */
export interface Adapters {
  readonly store: Store;
  readonly redis: RedisServices;
  readonly salesforce: Salesforce;
  readonly source: PubsubSource;
  readonly meter: PrometheusMeter;
}

/** Opens them, and has them closed in the opposite order when the process stops. Nothing is asked of anybody yet. */
export function openAdapters(
  { settings, clock, log, shutdown }: WorkerOptions,
  tuning: WorkerTuning,
): Adapters {
  const meter = new PrometheusMeter('worker').includeProcess();
  const store = createStore({
    databaseUrl: settings.database.url.reveal(),
    applicationName: 'umbra-worker',
  });
  shutdown.onStop('postgres', () => store.close());
  const redis = new RedisServices({ url: settings.redis.url.reveal(), clock, log });
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
  const { endpoint, insecure } = settings.stream;
  const silence = tuning.silence === undefined ? {} : { silence: tuning.silence };
  const source = salesforce.changes({ endpoint, insecure, ...silence });
  return { store, redis, salesforce, source, meter };
}

/** What the write path is given, as spans of a trace and as whoever watches the process wants to see it. */
export function portsOf(
  { redis, salesforce, store }: Adapters,
  instrument: Instrument | undefined,
  tracer: Tracer,
): WorkerPorts {
  const ports = {
    streams: traced(tracer, 'raw-log', store.streamLog),
    changes: traced(tracer, 'changes', store.changeLog),
    shadow: traced(tracer, 'shadow', store.shadow),
    queue: traced(tracer, 'queue', redis.queue),
    bulk: traced(tracer, 'salesforce', salesforce.bulk),
    ledger: store.ledger,
  };
  return instrument?.ports(ports) ?? ports;
}
