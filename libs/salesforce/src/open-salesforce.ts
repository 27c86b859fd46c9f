import type {
  BudgetLedger,
  BulkSource,
  FleetText,
  Clock,
  LiveReads,
  Log,
  Meter,
  RecordSource,
  RequestClass,
  SharedBudget,
  SharedSlots,
} from '@umbra/domain';
import { randomUUID } from 'node:crypto';
import { repeat, type Repeated, type SalesforceSettings } from '@umbra/platform';
import { credentialsOf, type Credentials } from './auth/credentials.ts';
import { FleetSessions } from './auth/fleet-sessions.ts';
import type { SessionExchange } from './auth/session.ts';
import { Sessions } from './auth/sessions.ts';
import { SignIn } from './auth/sign-in.ts';
import { BulkQueryDriver } from './bulk/bulk-query-driver.ts';
import { Exchange } from './http/exchange.ts';
import { SourceClock } from './http/source-clock.ts';
import { UrlGuard } from './http/url-guard.ts';
import {
  readPermissionReport,
  type ObjectNeed,
  type PermissionReport,
} from './permission/permission-report.ts';
import { PubsubSource, type PubsubOptions } from './pubsub/pubsub-source.ts';
import { AllocationWatch } from './request-queue/allocation-watch.ts';
import { Governor } from './request-queue/governor.ts';
import { LongCalls } from './request-queue/long-calls.ts';
import { RouteStats } from './request-queue/route-stats.ts';
import {
  SalesforceRequestQueueService,
  type RequestQueueOptions,
} from './request-queue/salesforce-request-queue.service.ts';
import { Describes } from './rest/describe.ts';
import { readOrgLimits, type OrgLimits } from './rest/org-limits.ts';
import { Queries } from './rest/queries.ts';
import { RecordReads } from './rest/record-reads.ts';
import { RestClient } from './rest/rest-client.ts';

export interface SalesforcePorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Without it the count of calls ends with the process. */
  readonly ledger?: BudgetLedger;
  /** Without these the processes of a fleet know less of each other, and keep to their part. */
  readonly budget?: SharedBudget;
  readonly slots?: SharedSlots;
  readonly texts?: FleetText;
  /** Without it, and without `texts`, the process signs in by itself. */
  readonly sessionExchange?: SessionExchange;
}

/** Everything that reaches Salesforce, all of it through `queue`. */
export interface Salesforce {
  readonly queue: SalesforceRequestQueueService;
  readonly bulk: BulkSource;
  readonly records: RecordSource;
  readonly live: LiveReads;
  /**
   * Change events, over a connection of their own that is closed with everything else.
   * @param at where the Pub/Sub API answers
   */
  changes(at: PubsubAddress): PubsubSource;
  /** Our clock's instant by Salesforce's clock, which the `Date` of its answers tells; never later than it is. */
  sourceTime(ours: Date): Date;
  /** What is left of the org's allocations; one call. */
  limits(requestClass: RequestClass): Promise<OrgLimits>;
  /** How the integration user's rights differ from what is needed; about eight calls. */
  permissions(needs: readonly ObjectNeed[]): Promise<PermissionReport>;
  /** Ends running calls and connections. */
  close(): Promise<void>;
}

/** `insecure`: without TLS, which configuration allows on loopback only. */
export type PubsubAddress = Pick<PubsubOptions, 'endpoint' | 'insecure' | 'limits' | 'silence'>;

/** How often a process settles with the budget ledger. */
const settleEveryMs = 5_000;

/**
 * Wires the adapter; sends nothing. The first call signs in.
 * @throws UmbraError INPUT_CONFIGURATION (key), SF_URL_REFUSED (login URL)
 */
export function openSalesforce(settings: SalesforceSettings, ports: SalesforcePorts): Salesforce {
  const { clock, meter } = ports;
  const log = ports.log.child({ scope: 'salesforce' });
  const guard = new UrlGuard({ loginUrl: settings.loginUrl, instanceHosts: settings.instanceHosts, log });
  const sourceClock = new SourceClock(clock);
  const exchange = new Exchange(guard, sourceClock);
  const stats = new RouteStats(meter);
  const credentials = credentialsOf(settings, log);
  const signIn = new SignIn({
    exchange,
    credentials,
    clock,
    log,
    onTokenCall: (failure, ms) => stats.note('token', failure, ms),
  });
  const sessions = new Sessions({
    signIn: () => signIn.run(),
    clock,
    log,
    ...sessionExchange(ports, credentials, settings.loginUrl, log),
  });
  const { governor, queue } = openQueue(settings, ports, { exchange, sessions, stats, log });
  const rest = new RestClient(queue, settings.apiVersion, clock);
  const describes = new Describes(rest, clock);
  const records = new RecordReads({
    queries: new Queries(rest),
    describes,
    clock,
    callsMade: () => queue.callsMade(),
  });
  const bulk = new BulkQueryDriver({ queue, describes, apiVersion: settings.apiVersion });
  const streams: PubsubSource[] = [];
  const limits = (requestClass: RequestClass) => readOrgLimits(rest, governor, requestClass);
  const upkeep = startUpkeep(ports, log, queue, governor, () => limits('quote'));
  return {
    queue,
    bulk,
    records,
    live: records,
    permissions: async (needs) => {
      const { userId } = await queue.connect();
      return readPermissionReport(records, describes, userId, needs);
    },
    limits,
    sourceTime: (ours) => sourceClock.timeOf(ours),
    changes: (at) => {
      const source = new PubsubSource({ ...at, sessions, clock });
      streams.push(source);
      return source;
    },
    close: async () => {
      for (const stream of streams) stream.close();
      await Promise.all([upkeep?.stop(), queue.close()]);
    },
  };
}

function openQueue(
  { apiDailySharePercent, apiLongCalls }: SalesforceSettings,
  { budget, clock, ledger, meter, slots }: SalesforcePorts,
  parts: Pick<RequestQueueOptions, 'exchange' | 'sessions' | 'stats' | 'log'>,
): { governor: Governor; queue: SalesforceRequestQueueService } {
  const { log } = parts;
  const governor = new Governor({
    clock,
    log,
    meter,
    process: randomUUID(),
    dailySharePercent: apiDailySharePercent,
    ledger,
    shared: budget,
  });
  const longCalls = new LongCalls({
    limit: apiLongCalls,
    slots,
    processes: () => governor.processes,
    clock,
    log,
  });
  const backgroundConcurrency = apiLongCalls;
  const queue = new SalesforceRequestQueueService({
    ...parts,
    governor,
    clock,
    meter,
    longCalls,
    backgroundConcurrency,
  });
  return { governor, queue };
}

function sessionExchange(
  { sessionExchange: given, texts }: SalesforcePorts,
  credentials: Credentials,
  loginUrl: string,
  log: Log,
): { exchange?: SessionExchange } {
  if (given !== undefined) return { exchange: given };
  return texts === undefined ? {} : { exchange: new FleetSessions({ texts, credentials, loginUrl, log }) };
}

/** What is done by the clock: settling with the ledger, looking at the allocations. Only for a process with a ledger. */
function startUpkeep(
  { clock, ledger, meter }: SalesforcePorts,
  log: Log,
  queue: SalesforceRequestQueueService,
  governor: Governor,
  ask: () => Promise<OrgLimits>,
): Repeated | undefined {
  if (ledger === undefined) return undefined;
  const watch = new AllocationWatch({ governor, ask, clock, meter, log });
  return repeat({
    name: 'api-budget',
    everyMs: settleEveryMs,
    clock,
    log,
    run: async () => {
      await governor.settle();
      await watch.look();
      queue.measure();
    },
  });
}
