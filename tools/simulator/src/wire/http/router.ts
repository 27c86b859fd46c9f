import type { CallStart } from '../../org/limits.ts';
import { methodNotAllowed, notFound } from './api-error.ts';
import type { Exchange } from './exchange.ts';
import type { Reply } from './reply.ts';

export interface Route {
  /** Of a closed set: faults are switched and calls are counted by it. */
  readonly name: string;
  readonly class: CallStart['class'];
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `/services/data/:version/limits`; a segment `:name` takes any text. */
  readonly pattern: string;
  /** `session` (default): a valid bearer token is needed. `open`: anybody. */
  readonly access?: 'session' | 'open';
  /** Outside the daily allocation (token endpoint, versions). Default: counted. */
  readonly uncounted?: boolean;
  readonly handle: (exchange: Exchange) => Reply | Promise<Reply>;
}

export interface RouteMatch {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

interface Compiled {
  readonly route: Route;
  readonly segments: readonly string[];
}

/** Finds the route of a path; the first of the table wins, so literal segments are listed before `:names`. */
export class Router {
  private readonly bySize = new Map<number, Compiled[]>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const segments = route.pattern.split('/').slice(1);
      const same = this.bySize.get(segments.length) ?? [];
      same.push({ route, segments });
      this.bySize.set(segments.length, same);
    }
  }

  /** @throws ApiError 404 `NOT_FOUND`, or 405 `METHOD_NOT_ALLOWED` with the methods that the path takes */
  match(method: string, path: string): RouteMatch {
    const parts = path.replace(/\/$/u, '').split('/').slice(1);
    const allowed: string[] = [];
    for (const { route, segments } of this.bySize.get(parts.length) ?? []) {
      const params = matchSegments(segments, parts);
      if (params === undefined) continue;
      if (route.method === method || (method === 'HEAD' && route.method === 'GET')) return { route, params };
      allowed.push(route.method);
    }
    throw allowed.length === 0 ? notFound() : methodNotAllowed(method, [...new Set(allowed)]);
  }
}

function matchSegments(
  segments: readonly string[],
  parts: readonly string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [i, segment] of segments.entries()) {
    const part = parts[i] ?? '';
    if (segment.startsWith(':')) {
      const value = decoded(part);
      if (value === undefined || value === '') return undefined;
      params[segment.slice(1)] = value;
    } else if (segment.toLowerCase() !== part.toLowerCase()) {
      return undefined;
    }
  }
  return params;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
