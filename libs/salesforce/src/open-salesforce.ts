import type {
  BulkSource,
  Clock,
  LiveReads,
  Log,
  Meter,
  RecordSource,
  RequestClass,
  SharedCounters,
} from '@umbra/domain';
import type { SalesforceSettings } from '@umbra/platform';
import { credentialsOf } from './auth/credentials.ts';
import type { SessionExchange } from './auth/session.ts';
import { Sessions } from './auth/sessions.ts';
import { SignIn } from './auth/sign-in.ts';
import { BulkQueryDriver } from './bulk/bulk-query-driver.ts';
import { Exchange } from './http/exchange.ts';
import { UrlGuard } from './http/url-guard.ts';
import {
  readPermissionReport,
  type ObjectNeed,
  type PermissionReport,
} from './permission/permission-report.ts';
import { PubsubSource, type PubsubOptions } from './pubsub/pubsub-source.ts';
import { DailyUsage } from './request-queue/daily-usage.ts';
import { RouteStats } from './request-queue/route-stats.ts';
import { SalesforceRequestQueueService } from './request-queue/salesforce-request-queue.service.ts';
import { Describes } from './rest/describe.ts';
import { readOrgLimits, type OrgLimits } from './rest/org-limits.ts';
import { Queries } from './rest/queries.ts';
import { RecordReads } from './rest/record-reads.ts';
import { RestClient } from './rest/rest-client.ts';

export interface SalesforcePorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Without it the process counts its own calls only, and forgets them when it ends. */
  readonly counters?: SharedCounters;
  /** Without it the process signs in by itself. */
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
  /** What is left of the org's allocations; one call. */
  limits(requestClass: RequestClass): Promise<OrgLimits>;
  /** How the integration user's rights differ from what is needed; about eight calls. */
  permissions(needs: readonly ObjectNeed[]): Promise<PermissionReport>;
  /** Ends running calls and connections. */
  close(): Promise<void>;
}

/** `insecure`: without TLS, which configuration allows on loopback only. */
export type PubsubAddress = Pick<PubsubOptions, 'endpoint' | 'insecure' | 'limits' | 'silence'>;

/** Of the org's 25 long calls, for a process whose settings do not say. */
const longCalls = 5;

/**
 * Wires the adapter; sends nothing. The first call signs in.
 * @throws UmbraError INPUT_CONFIGURATION (key), SF_URL_REFUSED (login URL)
 */
export function openSalesforce(settings: SalesforceSettings, ports: SalesforcePorts): Salesforce {
  const { clock, meter } = ports;
  const log = ports.log.child({ scope: 'salesforce' });
  const guard = new UrlGuard({ loginUrl: settings.loginUrl, instanceHosts: settings.instanceHosts, log });
  const exchange = new Exchange(guard);
  const stats = new RouteStats(meter);
  const signIn = new SignIn({
    exchange,
    credentials: credentialsOf(settings, log),
    clock,
    log,
    onTokenCall: (failure, ms) => stats.note('token', failure, ms),
  });
  const sessions = new Sessions({
    signIn: () => signIn.run(),
    clock,
    log,
    ...(ports.sessionExchange === undefined ? {} : { exchange: ports.sessionExchange }),
  });
  const usage = new DailyUsage({
    clock,
    meter,
    log,
    ...(ports.counters === undefined ? {} : { counters: ports.counters }),
  });
  const queue = new SalesforceRequestQueueService({
    exchange,
    sessions,
    usage,
    stats,
    clock,
    dailySharePercent: settings.apiDailySharePercent,
    backgroundConcurrency: longCalls,
  });
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
  return {
    queue,
    bulk,
    records,
    live: records,
    permissions: async (needs) => {
      const { userId } = await queue.connect();
      return readPermissionReport(records, describes, userId, needs);
    },
    limits: (requestClass) => readOrgLimits(rest, usage, requestClass),
    changes: (at) => {
      const source = new PubsubSource({ ...at, sessions, clock });
      streams.push(source);
      return source;
    },
    close: () => {
      for (const stream of streams) stream.close();
      return queue.close();
    },
  };
}
