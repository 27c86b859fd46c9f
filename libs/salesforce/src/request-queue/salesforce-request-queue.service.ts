import { UmbraError, type Log, type Meter, type RequestClass } from '@umbra/domain';
import PQueue from 'p-queue';
import type { Session } from '../auth/session.ts';
import { AdaptiveLimit } from './adaptive-limit.ts';
import {
  callConditions,
  degradationReasons,
  queueHealth,
  type CallConditions,
  type SalesforceQueueSnapshot,
} from './queue-snapshot.ts';
import { CallSender, type CallSenderOptions, type SalesforceCall } from './call-sender.ts';
import { families, FamilyBreaker, familyOf, type Family } from './family-breaker.ts';
import type { LongCalls } from './long-calls.ts';
import { RetryBudget, retryDelay } from './retry-policy.ts';
import { classes, foregroundConcurrency, lanes, type Lane } from './routes.ts';

export interface RequestQueueOptions extends CallSenderOptions {
  readonly log: Log;
  readonly meter: Meter;
  /** Places of calls that may last 20 s or longer. */
  readonly longCalls: LongCalls;
  /** Parallel background calls of this process. */
  readonly backgroundConcurrency: number;
  readonly random?: () => number;
}

/**
 * Every call to Salesforce goes through here: the budget governor, bounded and adaptive concurrency in two lanes, places
 * of long calls, a breaker per family, priority by request class, timeouts, the one retry policy, a new token after a
 * 401 (once per call), and the counts that health and metrics show.
 *
 * What it does not do: know what a call means. It repeats a call only if the call says that twice does no harm, or if
 * the first try certainly did nothing.
 */
export class SalesforceRequestQueueService {
  readonly #options: RequestQueueOptions;
  readonly #random: () => number;
  readonly #lanes: Readonly<Record<Lane, PQueue>>;
  readonly #limits: Readonly<Record<Lane, AdaptiveLimit>>;
  readonly #retries: Readonly<Record<Lane, RetryBudget>>;
  readonly #breakers: Readonly<Record<Family, FamilyBreaker>>;
  readonly #counts = new Map<RequestClass, { pending: number; running: number }>();
  readonly #closing = new AbortController();
  readonly #sender: CallSender;

  constructor(options: RequestQueueOptions) {
    const { backgroundConcurrency, clock, log } = options;
    this.#options = options;
    this.#sender = new CallSender(options);
    this.#random = options.random ?? Math.random;
    this.#lanes = {
      foreground: new PQueue({ concurrency: foregroundConcurrency }),
      background: new PQueue({ concurrency: backgroundConcurrency }),
    };
    this.#limits = {
      foreground: new AdaptiveLimit(foregroundConcurrency, clock),
      background: new AdaptiveLimit(backgroundConcurrency, clock),
    };
    this.#retries = { foreground: new RetryBudget(clock), background: new RetryBudget(clock) };
    this.#breakers = {
      rest: new FamilyBreaker('rest', clock, log),
      bulk: new FamilyBreaker('bulk', clock, log),
    };
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
    return queueHealth({
      ...this.#conditions(),
      counts: this.#counts,
      concurrency: {
        foreground: this.#limits.foreground.concurrency,
        background: this.#limits.background.concurrency,
      },
      routes: this.#options.stats.snapshot(),
    });
  }

  /** Whether calls would be sent now, and how long the budget will last. Costs no call. */
  conditions(): CallConditions {
    return callConditions(this.#conditions());
  }

  #conditions(): Parameters<typeof callConditions>[0] {
    const { governor, sessions } = this.#options;
    return {
      budget: governor.snapshot(),
      credentials: sessions.state(),
      breakers: families.map((family) => ({ family, openUntil: this.#breakers[family].openUntil })),
      pausedUntil: this.#limits.foreground.pausedUntil ?? this.#limits.background.pausedUntil,
    };
  }

  /** Tells the state of the queue to the metrics: one reason at a time, or none. */
  measure(): void {
    const { reason } = this.conditions().degradation;
    const known = degradationReasons.some((name) => name === reason);
    const shown = reason === null || known ? reason : 'credentials';
    for (const name of degradationReasons)
      this.#options.meter.gauge('sf_api_degraded', { reason: name }, name === shown ? 1 : 0);
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
    await this.#options.governor.close();
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
        await this.#try(call, signal, (done) => held.push(done), held).then(resolve, reject);
        await Promise.allSettled(held);
        count.running--;
      };
      queue.add(place, { priority, signal }).catch((error: Error) => {
        started();
        reject(error);
      });
    });
  }

  /** One try in a place of the lane, when the lane does not pause and the family's breaker lets it through. */
  async #try<T>(
    call: SalesforceCall<T>,
    signal: AbortSignal,
    hold: (done: Promise<unknown>) => void,
    held: readonly Promise<unknown>[],
  ): Promise<T> {
    const { clock, governor, longCalls } = this.#options;
    const { lane } = classes[call.requestClass];
    const limit = this.#limits[lane];
    // Nobody waits for a place, or samples a breaker, with a call that the budget refuses anyway.
    governor.foresee(call.route, call.requestClass);
    if (limit.pauseMs > lanes[lane].longestRetryAfterMs)
      throw new UmbraError('SF_THROTTLED', 'Salesforce has asked for fewer calls', {
        ...(limit.pausedUntil === null ? {} : { retryAt: limit.pausedUntil }),
        details: { route: call.route, sent: false },
      });
    if (limit.pauseMs > 0) await clock.sleep(limit.pauseMs, signal);
    const leave = lane === 'background' ? await longCalls.enter(signal) : undefined;
    try {
      const result = await this.#breakers[familyOf(call.route)].run(call.route, () =>
        this.#sender.send(call, signal, hold),
      );
      limit.note(undefined, this.#random());
      return result;
    } catch (error) {
      limit.note(error, this.#random());
      throw error;
    } finally {
      this.#lanes[lane].concurrency = limit.concurrency;
      if (leave !== undefined) void Promise.allSettled(held).then(leave);
    }
  }

  #countOf(requestClass: RequestClass): { pending: number; running: number } {
    const known = this.#counts.get(requestClass) ?? { pending: 0, running: 0 };
    this.#counts.set(requestClass, known);
    return known;
  }
}
