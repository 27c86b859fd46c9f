import { requestClasses, reservePercent, type RequestClass } from '@umbra/domain';
import type { CredentialState } from '../auth/sessions.ts';
import type { SignInRefusal } from '../auth/token-refusal.ts';
import type { Family } from './family-breaker.ts';
import { percentOf, type BudgetSnapshot } from './governor.ts';
import type { RouteSnapshot } from './route-stats.ts';
import type { Lane, Route } from './routes.ts';

/** Why calls are refused without being sent, or slowed: a closed set, the values of `sf_api_degraded{reason}`. */
export const degradationReasons = [
  'credentials',
  'breaker-open',
  'daily-limit',
  'daily-share',
  'reserve',
  'throttled',
] as const;
export type DegradationReason = (typeof degradationReasons)[number];

export interface QueueDegradation {
  /** `limited`: less urgent calls are refused, or all are slowed. `degraded`: every call is refused, a quote's too. */
  readonly state: 'normal' | 'limited' | 'degraded';
  readonly reason: DegradationReason | SignInRefusal | null;
  /** ISO 8601 */
  readonly until: string | null;
}

export interface ClassSnapshot {
  readonly pending: number;
  readonly running: number;
  /** Calls of the fleet in the last day. */
  readonly used: number;
  /** Calls that are kept for it, of our share as it is now; null while the allocation is unknown. */
  readonly reserve: number | null;
  readonly admitted: boolean;
}

/** For `/health/queues`: counts, ages and states of this process; asking costs no call. */
export interface SalesforceQueueSnapshot {
  readonly pending: number;
  readonly running: number;
  readonly byClass: Readonly<Record<RequestClass, ClassSnapshot>>;
  readonly dailyApiUsage: number | null;
  readonly dailyApiLimit: number | null;
  readonly dailyUsagePercent: number | null;
  /** Calls of this product in the last day, which its share is measured by. */
  readonly ownDailyCalls: number;
  /** Calls that this product may still make now. */
  readonly budgetLeft: number | null;
  /** When the org has none left if its usage goes on growing as it does. */
  readonly exhaustedAt: string | null;
  readonly credentials: CredentialState;
  readonly degradation: QueueDegradation;
  readonly concurrency: Readonly<Record<Lane, number>>;
  readonly routes: Readonly<
    Partial<
      Record<Route, RouteSnapshot & { readonly byClass: Readonly<Partial<Record<RequestClass, number>>> }>
    >
  >;
}

export interface QueueFacts {
  readonly counts: ReadonlyMap<RequestClass, { readonly pending: number; readonly running: number }>;
  readonly budget: BudgetSnapshot;
  readonly credentials: CredentialState;
  readonly breakers: readonly { readonly family: Family; readonly openUntil: Date | null }[];
  readonly pausedUntil: Date | null;
  readonly concurrency: Readonly<Record<Lane, number>>;
  readonly routes: Readonly<Partial<Record<Route, RouteSnapshot>>>;
}

export function queueHealth(facts: QueueFacts): SalesforceQueueSnapshot {
  const { budget, concurrency, counts, credentials, routes } = facts;
  const all = [...counts.values()];
  return {
    pending: all.reduce((sum, { pending }) => sum + pending, 0),
    running: all.reduce((sum, { running }) => sum + running, 0),
    byClass: Object.fromEntries(
      requestClasses.map((name): [RequestClass, ClassSnapshot] => [
        name,
        {
          pending: counts.get(name)?.pending ?? 0,
          running: counts.get(name)?.running ?? 0,
          used: budget.view?.usedByClass[name] ?? 0,
          reserve: budget.view === null ? null : Math.floor((budget.view.share * reservePercent[name]) / 100),
          admitted: budget.admissions[name].admitted,
        },
      ]),
    ) as Record<RequestClass, ClassSnapshot>,
    dailyApiUsage: budget.org?.used ?? null,
    dailyApiLimit: budget.org?.limit ?? null,
    dailyUsagePercent: budget.org === null ? null : percentOf(budget.org),
    ownDailyCalls: budget.view?.used ?? 0,
    budgetLeft: budget.view?.left ?? null,
    exhaustedAt: budget.exhaustedAt?.toISOString() ?? null,
    credentials,
    degradation: degradationOf(facts),
    concurrency,
    routes: Object.fromEntries(
      Object.entries(routes).map(([route, shown]) => [
        route,
        { ...shown, byClass: budget.calls[route as Route] ?? {} },
      ]),
    ),
  };
}

/** The gravest first. A breaker of the Bulk API alone hinders no reader. */
function degradationOf({
  breakers,
  budget,
  credentials,
  pausedUntil,
}: Omit<QueueFacts, 'counts' | 'routes' | 'concurrency'>): QueueDegradation {
  if (credentials.state === 'refused')
    return { state: 'degraded', reason: credentials.reason ?? 'credentials', until: credentials.until };
  const open = breakers.filter(({ openUntil }) => openUntil !== null);
  const rest = open.find(({ family }) => family === 'rest');
  if (rest !== undefined) return shown('degraded', 'breaker-open', rest.openUntil);
  const { quote } = budget.admissions;
  if (!quote.admitted)
    return shown('degraded', quote.cause === 'org' ? 'daily-limit' : 'daily-share', quote.retryAt);
  const refused = Object.values(budget.admissions).find(({ admitted }) => !admitted);
  if (refused?.admitted === false) return shown('limited', 'reserve', refused.retryAt);
  if (open[0] !== undefined) return shown('limited', 'breaker-open', open[0].openUntil);
  if (pausedUntil !== null) return shown('limited', 'throttled', pausedUntil);
  return { state: 'normal', reason: null, until: null };
}

function shown(
  state: QueueDegradation['state'],
  reason: DegradationReason,
  until: Date | null,
): QueueDegradation {
  return { state, reason, until: until?.toISOString() ?? null };
}

/** What reads have to know before they ask: cheap, as it is looked at several times a second. */
export interface CallConditions {
  readonly degradation: QueueDegradation;
  /** Part of our share that is left, 0 to 1; null while the allocation is unknown. */
  readonly left: number | null;
  readonly exhaustedAt: Date | null;
  readonly admitted: Readonly<Record<RequestClass, boolean>>;
}

export function callConditions(facts: Omit<QueueFacts, 'counts' | 'routes' | 'concurrency'>): CallConditions {
  const { admissions, exhaustedAt, view } = facts.budget;
  const degradation = degradationOf(facts);
  const closed = degradation.state === 'degraded';
  return {
    degradation,
    left: view === null ? null : view.share === 0 ? 0 : view.left / view.share,
    exhaustedAt,
    admitted: Object.fromEntries(
      requestClasses.map((name) => [name, !closed && admissions[name].admitted]),
    ) as Record<RequestClass, boolean>,
  };
}
