import { notFound } from '../http/api-error.ts';
import type { Route } from '../http/router.ts';

export const OLDEST_VERSION = 31;
/** The newest API version that the sources of this simulator cover. */
export const NEWEST_VERSION = 67;

/** A route below `/services/data/vXX.X`; an API version that does not exist is a 404. */
export function dataRoute(route: Omit<Route, 'pattern'> & { readonly path: string }): Route {
  const { path, handle, ...rest } = route;
  return {
    ...rest,
    pattern: `/services/data/:version${path}`,
    handle: (exchange) => {
      if (!isApiVersion(exchange.param('version'))) throw notFound();
      return handle(exchange);
    },
  };
}

function isApiVersion(segment: string): boolean {
  const major = Number(/^v(\d+)\.0$/u.exec(segment)?.[1]);
  return major >= OLDEST_VERSION && major <= NEWEST_VERSION;
}

/** 62 for `62.0`. */
export const majorVersion = (apiVersion: string): number => Number.parseInt(apiVersion, 10);
