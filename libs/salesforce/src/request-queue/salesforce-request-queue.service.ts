import { UmbraError, type RequestClass } from '@umbra/domain';
import PQueue from 'p-queue';
import type { Session } from '../auth/session.ts';
import type { CredentialState } from '../auth/sessions.ts';
import type { SignInRefusal } from '../auth/token-refusal.ts';
import { admit } from './admit.ts';
import { CallSender, type CallSenderOptions, type SalesforceCall } from './call-sender.ts';
import { RetryBudget, retryDelay } from './retry-policy.ts';
import type { RouteSnapshot } from './route-stats.ts';
import { classes, foregroundConcurrency, lanes, type Lane, type Route } from './routes.ts';

/** Whether calls are refused without being sent, why, and until when. The reasons are a closed set. */
export interface QueueDegradation {
  readonly state: 'normal' | 'degraded';
  readonly reason: SignInRefusal | 'daily-share' | 'daily-limit' | null;
  /** ISO 8601 */
  readonly until: string | null;
}

/** For `/health/queues`: counts, ages and states of this process; asking costs no call. */
export interface SalesforceQueueSnapshot {
  readonly pending: number;
  readonly running: number;
  readonly byClass: Readonly<
    Partial<Record<RequestClass, { readonly pending: number; readonly running: number }>>
  >;
  readonly dailyApiUsage: number | null;
  readonly dailyApiLimit: number | null;
  readonly dailyUsagePercent: number | null;
  /** Calls of this product in the last day, which its share is measured by. */
  readonly ownDailyCalls: number;
  readonly credentials: CredentialState;
  readonly degradation: QueueDegradation;
  readonly routes: Readonly<Partial<Record<Route, RouteSnapshot>>>;
}

export interface RequestQueueOptions extends CallSenderOptions {
  /** Parallel background calls of this process: each may count among the org's 25 long ones. */
  readonly backgroundConcurrency: number;
  readonly random?: () => number;
}

/**
 * Every call to Salesforce goes through here: admission by the daily share, bounded concurrency in two lanes, priority
 * by request class, timeouts, the one retry policy, a new token after a 401 (once per call), and the counts that health
 * and metrics show.
 *
 * What it does not do: know what a call means. It repeats a call only if the call says that twice does no harm, or if
 * the first try certainly did nothing.
 */
export class SalesforceRequestQueueService {
  readonly #options: RequestQueueOptions;
  readonly #random: () => number;
  readonly #lanes: Readonly<Record<Lane, PQueue>>;
  readonly #retries: Readonly<Record<Lane, RetryBudget>>;
  readonly #counts = new Map<RequestClass, { pending: number; running: number }>();
  readonly #closing = new AbortController();
  readonly #sender: CallSender;

  constructor(options: RequestQueueOptions) {
    this.#options = options;
    this.#sender = new CallSender(options);
    this.#random = options.random ?? Math.random;
    this.#lanes = {
      foreground: new PQueue({ concurrency: foregroundConcurrency }),
      background: new PQueue({ concurrency: options.backgroundConcurrency }),
    };
    this.#retries = { foreground: new RetryBudget(), background: new RetryBudget() };
  }

  /**
   * Runs a call to its result, repeating it as the retry policy says.
   * @throws UmbraError with the verdict of the last try; SF_QUEUE_FULL and SF_DAILY_LIMIT without sending anything
   * @throws the reason of the call's signal when that aborts
   */
  async run<T>(call: SalesforceCall<T>): Promise<T> {
    const { clock } = this.#options;
    const budget = this.#retries[classes[call.requestClass].lane];
    const signal = AbortSignal.any([
      this.#closing.signal,
      ...(call.signal === undefined ? [] : [call.signal]),
    ]);
    budget.earn();
    for (let tries = 1; ; tries++) {
      try {
        return await this.#enqueue(call, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof UmbraError)) throw error;
        const { requestClass, idempotent } = call;
        const delay = retryDelay({ error, tries, requestClass, idempotent }, clock.now(), this.#random);
        if (delay === undefined || !budget.spend()) throw error;
        await clock.sleep(delay, signal);
      }
    }
  }

  snapshot(): SalesforceQueueSnapshot {
    const { usage, sessions, stats } = this.#options;
    const facts = usage.facts();
    const counts = [...this.#counts.values()];
    return {
      pending: counts.reduce((sum, { pending }) => sum + pending, 0),
      running: counts.reduce((sum, { running }) => sum + running, 0),
      byClass: Object.fromEntries([...this.#counts].map(([name, count]) => [name, { ...count }])),
      dailyApiUsage: facts.orgUsed,
      dailyApiLimit: facts.orgLimit,
      dailyUsagePercent: usage.percent(),
      ownDailyCalls: facts.ownUsed,
      credentials: sessions.state(),
      degradation: this.#degradation(),
      routes: stats.snapshot(),
    };
  }

  #degradation(): QueueDegradation {
    const { usage, sessions, dailySharePercent, clock } = this.#options;
    const { state, reason, until } = sessions.state();
    if (state === 'refused') return { state: 'degraded', reason, until };
    const admission = admit(usage.facts(), dailySharePercent, clock.now());
    if (admission.admitted) return { state: 'normal', reason: null, until: null };
    const budget = admission.cause === 'share' ? 'daily-share' : 'daily-limit';
    return { state: 'degraded', reason: budget, until: admission.retryAt.toISOString() };
  }

  /** Requests sent by this process, repetitions included; sign-ins are no API calls. */
  callsMade(): number {
    return this.#sender.callsMade;
  }

  /** Signs in if nobody has yet: finds wrong credentials and an unreachable Salesforce before work begins. */
  async connect(): Promise<Pick<Session, 'orgId' | 'userId' | 'instanceUrl'>> {
    const { orgId, userId, instanceUrl } = await this.#options.sessions.current();
    return { orgId, userId, instanceUrl };
  }

  /** Ends running calls, refuses further ones and hands the last counts to the other processes. */
  async close(): Promise<void> {
    this.#closing.abort(
      new UmbraError('SF_UNAVAILABLE', 'The connection to Salesforce is being closed', {
        details: { sent: false },
      }),
    );
    await this.#options.usage.share();
    await this.#options.exchange.close();
  }

  /** Waits for a place and makes one try. */
  #enqueue<T>(call: SalesforceCall<T>, signal: AbortSignal): Promise<T> {
    const { lane, priority } = classes[call.requestClass];
    const queue = this.#lanes[lane];
    signal.throwIfAborted();
    if (queue.size >= lanes[lane].longestQueue)
      throw new UmbraError('SF_QUEUE_FULL', 'Too many calls to Salesforce wait already', {
        retryAt: new Date(this.#options.clock.now().getTime() + lanes[lane].longestBackoffMs),
        details: { route: call.route, pending: queue.size },
      });
    const count = this.#countOf(call.requestClass);
    count.pending++;
    let waiting = true;
    const started = (): void => {
      if (!waiting) return;
      waiting = false;
      count.pending--;
    };
    return new Promise((resolve, reject) => {
      const place = async (): Promise<void> => {
        started();
        count.running++;
        const held: Promise<unknown>[] = [];
        await this.#sender.send(call, signal, (done) => held.push(done)).then(resolve, reject);
        await Promise.allSettled(held);
        count.running--;
      };
      queue.add(place, { priority, signal }).catch((error: Error) => {
        started();
        reject(error);
      });
    });
  }

  #countOf(requestClass: RequestClass): { pending: number; running: number } {
    const known = this.#counts.get(requestClass) ?? { pending: 0, running: 0 };
    this.#counts.set(requestClass, known);
    return known;
  }
}
