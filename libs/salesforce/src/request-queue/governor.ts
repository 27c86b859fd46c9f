/**
 * The budget governor: every API request asks it first. It knows what the org has left, what the fleet has used, and who
 * may have the next call; the decision itself is `admitCall` of the domain.
 *
 * Fails open while the allocation is unknown (before the first answer), and to a pessimistic part of it while neither
 * Redis nor PostgreSQL tells what the other processes do. To turn: SF_API_DAILY_SHARE_PERCENT.
 */
import {
  admitCall,
  budgetView,
  requestClasses,
  type Admission,
  type BudgetFacts,
  type BudgetLedger,
  type BudgetView,
  type ClassCalls,
  type Clock,
  type Log,
  type Meter,
  type RequestClass,
  type SharedBudget,
  type UmbraError,
} from '@umbra/domain';
import { BlindShare } from './blind-share.ts';
import { refusal } from './budget-refusal.ts';
import { CallAccount } from './call-account.ts';
import { OrgUsage, parseLimitInfo, type UsageNow } from './org-usage.ts';
import type { Route } from './routes.ts';

export interface GovernorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Unique per process. */
  readonly process: string;
  /** `SF_API_DAILY_SHARE_PERCENT` */
  readonly dailySharePercent: number;
  /** Without it the count of this process ends with it. */
  readonly ledger?: BudgetLedger | undefined;
  /** Without it processes learn of each other by the ledger alone. */
  readonly shared?: SharedBudget | undefined;
}

/** When the org has no calls left, one call in this time finds out whether that still holds. */
const probeEveryMs = 60_000;

export interface BudgetSnapshot {
  readonly view: BudgetView | null;
  readonly org: UsageNow | null;
  /** When the org's calls run out if usage goes on growing as it does; null when it does not. */
  readonly exhaustedAt: Date | null;
  /** Calls of this process by route and class. */
  readonly calls: Readonly<Partial<Record<Route, ClassCalls>>>;
  /** What a call of each class would hear now. */
  readonly admissions: Readonly<Record<RequestClass, Admission>>;
}

export class Governor {
  readonly #options: GovernorOptions;
  readonly #account: CallAccount;
  readonly #org = new OrgUsage();
  readonly #blind = new BlindShare();
  readonly #calls = new Map<Route, Partial<Record<RequestClass, number>>>();
  /** Requests that Salesforce may not have counted yet when it answers another one. */
  #underWay = 0;
  #probedAt: Date | null = null;

  constructor(options: GovernorOptions) {
    this.#options = options;
    const { clock, ledger, log, process, shared } = options;
    this.#account = new CallAccount({ clock, log, process, ledger, shared });
  }

  /** A refusal that is certain without asking anybody, so that no place is taken in vain. @throws UmbraError SF_DAILY_LIMIT */
  foresee(route: Route, requestClass: RequestClass): void {
    const admission = admitCall(this.#facts(), requestClass);
    if (!admission.admitted) throw refusal(admission, route, requestClass);
  }

  /**
   * Takes one call from the budget. It must be made, and `ended` called when it has.
   * @throws UmbraError SF_DAILY_LIMIT
   */
  async take(route: Route, requestClass: RequestClass): Promise<void> {
    const before = admitCall(this.#facts(), requestClass);
    if (!before.admitted) throw refusal(before, route, requestClass);
    if (before.probe && !(await this.#mayProbe())) throw this.#exhausted(route, requestClass);
    const count = await this.#account.add(requestClass, this.#org.told);
    if (count !== undefined) this.#org.adopt(count.told, this.#at(), this.#counted());
    if (!before.probe) {
      const admission = this.#judge(requestClass, count?.calls);
      if (!admission.admitted) {
        await this.#account.takeBack(requestClass);
        throw refusal(admission, route, requestClass);
      }
    }
    await this.#account.cover(requestClass);
    this.#underWay++;
    const calls = this.#calls.get(route) ?? {};
    calls[requestClass] = (calls[requestClass] ?? 0) + 1;
    this.#calls.set(route, calls);
    this.#options.meter.count('sf_api_calls_total', { route, class: requestClass });
  }

  /** The call has been answered or has failed. @param limitInfo value of `Sforce-Limit-Info` */
  ended(limitInfo: string | undefined): void {
    this.#underWay--;
    const info = parseLimitInfo(limitInfo);
    if (info !== undefined) this.noteOrg(info);
  }

  noteOrg(info: UsageNow): void {
    this.#org.note(info, this.#account.now(), this.#at(), this.#counted());
    this.#measure();
  }

  /** Salesforce refused a call because the daily allocation is used up. */
  noteExhausted(): void {
    this.#org.noteRefused(this.#account.now());
    // Not awaited: it never rejects, and whoever was refused has waited long enough.
    if (this.#org.told !== null) void this.#account.tell(this.#org.told);
    this.#options.log.warn({}, 'daily API allocation is used up');
  }

  /**
   * Settles with the ledger and hears what other processes were told, so that also a process that makes no calls knows
   * of a spent allocation, and of its return. Never throws.
   */
  async settle(): Promise<void> {
    const { told } = this.#org;
    const heard = await Promise.all([this.#account.exchange(told), this.#account.tell(told)]);
    for (const known of heard)
      if (known !== undefined) this.#org.adopt(known.told, this.#at(), this.#counted());
    this.#blind.end();
    this.#measure();
  }

  /** Milliseconds since anything was told of the org; infinite before. */
  age(): number {
    return this.#org.age(this.#at());
  }

  snapshot(): BudgetSnapshot {
    const facts = this.#facts();
    const left = this.#org.untilExhausted(this.#at());
    return {
      view: budgetView(facts),
      org: facts.org,
      exhaustedAt: left === null ? null : new Date(facts.now.getTime() + left),
      calls: Object.fromEntries(this.#calls),
      admissions: Object.fromEntries(
        requestClasses.map((name) => [name, admitCall(facts, name)]),
      ) as unknown as Record<RequestClass, Admission>,
    };
  }

  get processes(): number {
    return this.#account.processes;
  }

  /** The ledger's time. */
  now(): Date {
    return this.#account.now();
  }

  async close(): Promise<void> {
    await this.#account.close();
  }

  #judge(requestClass: RequestClass, shared: ClassCalls | undefined): Admission {
    const view = this.#account.seesAll ? null : budgetView(this.#facts());
    const blind = view === null ? undefined : this.#blind.take(view.left, this.processes, this.now());
    if (blind !== undefined) return blind;
    // As of the moment in which this very call was counted: those who came together are served in their order.
    const facts = this.#facts(shared);
    const hour = this.#account.hour;
    const own = facts.own.map((entry) =>
      entry.hour === hour
        ? { hour, calls: { ...entry.calls, [requestClass]: (entry.calls[requestClass] ?? 1) - 1 } }
        : entry,
    );
    const org = facts.org === null ? null : { ...facts.org, used: facts.org.used - 1 };
    return admitCall({ ...facts, own, org }, requestClass);
  }

  /** One process of the fleet may; without the ledger each may by itself. */
  async #mayProbe(): Promise<boolean> {
    this.#probedAt = this.now();
    try {
      return (await this.#options.ledger?.claimProbe(probeEveryMs)) ?? true;
    } catch {
      return true;
    }
  }

  #exhausted(route: Route, requestClass: RequestClass): UmbraError {
    const retryAt = new Date(this.now().getTime() + probeEveryMs);
    return refusal({ admitted: false, cause: 'org', retryAt }, route, requestClass);
  }

  #facts(shared?: ClassCalls): BudgetFacts {
    const own = this.#account.hours(shared);
    const org = this.#org.now(this.#at(), total(own));
    return {
      now: this.now(),
      sharePercent: this.#options.dailySharePercent,
      org,
      own,
      probeAt: this.#probeAt(),
    };
  }

  #probeAt(): Date | null {
    const { told } = this.#org;
    if (told === null) return null;
    const since = Math.max(
      told.toldAt.getTime(),
      told.refusedAt?.getTime() ?? 0,
      this.#probedAt?.getTime() ?? 0,
    );
    return new Date(since + probeEveryMs);
  }

  /** Our calls that Salesforce can have counted. */
  #counted(): number {
    return Math.max(0, total(this.#account.hours()) - this.#underWay);
  }

  #at(): number {
    return this.#options.clock.monotonic();
  }

  #measure(): void {
    const { meter } = this.#options;
    const { told } = this.#org;
    if (told === null || told.limit === 0) return;
    meter.gauge('sf_api_daily_used', {}, told.used);
    meter.gauge('sf_api_daily_limit', {}, told.limit);
    meter.gauge('sf_api_daily_usage_percent', {}, percentOf(told));
    const left = this.#org.untilExhausted(this.#at());
    meter.gauge('sf_api_exhausted_in_seconds', {}, left === null ? Number.POSITIVE_INFINITY : left / 1_000);
    const view = budgetView(this.#facts());
    if (view === null) return;
    meter.gauge('sf_api_budget_left_calls', {}, view.left);
    for (const name of requestClasses)
      meter.gauge('sf_api_budget_used_calls', { class: name }, view.usedByClass[name]);
  }
}

/** One decimal. */
export function percentOf({ limit, used }: UsageNow): number {
  return limit === 0 ? 100 : Math.round((used / limit) * 1000) / 10;
}

function total(hours: BudgetFacts['own']): number {
  let sum = 0;
  for (const { calls } of hours) for (const name of requestClasses) sum += calls[name] ?? 0;
  return sum;
}
