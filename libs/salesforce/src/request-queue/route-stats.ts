import { UmbraError, type Meter } from '@umbra/domain';
import { routes, type Route } from './routes.ts';

/** Of the newest calls of the route; milliseconds to the parsed answer, for result sets to their head. */
export interface RouteLatency {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
}

export interface RouteSnapshot {
  readonly success: number;
  readonly failure: number;
  /** Null until the route has been called. */
  readonly latencyMs: RouteLatency | null;
}

/** How many calls the latency looks back over. */
const kept = 200;

/** Success, failure and latency of each route since the process started. */
export class RouteStats {
  readonly #meter: Meter;
  readonly #byRoute = new Map<Route, { success: number; failure: number; newest: number[] }>();

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  /** One exchange has ended; every try counts. */
  note(route: Route, failure: unknown, ms: number): void {
    const stats = this.#byRoute.get(route) ?? { success: 0, failure: 0, newest: [] };
    this.#byRoute.set(route, stats);
    if (failure === undefined) stats.success++;
    else stats.failure++;
    stats.newest.push(ms);
    if (stats.newest.length > kept) stats.newest.shift();
    this.#meter.count('sf_api_requests_total', { route, outcome: outcomeOf(failure) });
    this.#meter.observe('sf_api_request_seconds', { route }, ms / 1000);
  }

  snapshot(): Readonly<Partial<Record<Route, RouteSnapshot>>> {
    const shown: Partial<Record<Route, RouteSnapshot>> = {};
    for (const route of routes) {
      const stats = this.#byRoute.get(route);
      if (stats === undefined) continue;
      const { success, failure, newest } = stats;
      shown[route] = { success, failure, latencyMs: latencyOf(newest) };
    }
    return shown;
  }
}

/** `success`, or the kind of the error: seven words, so a closed set. */
function outcomeOf(failure: unknown): string {
  if (failure === undefined) return 'success';
  return failure instanceof UmbraError ? failure.kind : 'aborted';
}

function latencyOf(newest: readonly number[]): RouteLatency | null {
  const sorted = [...newest].sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0) * 10) / 10;
  return sorted.length === 0 ? null : { p50: at(0.5), p95: at(0.95), max: at(1) };
}
