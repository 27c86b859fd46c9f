import { json } from '../http/reply.ts';
import type { Route } from '../http/router.ts';
import { dataRoute, NEWEST_VERSION, OLDEST_VERSION } from './data-route.ts';

const seasons = ['Winter', 'Spring', 'Summer'];

/** Version 62 is Winter '25; three releases a year. */
const label = (version: number): string =>
  `${seasons[(version - 20) % 3] ?? ''} '${11 + Math.floor((version - 20) / 3)}`;

const resources = ['sobjects', 'query', 'queryAll', 'limits', 'jobs', 'composite'];

export function versionRoutes(): Route[] {
  const versions = Array.from({ length: NEWEST_VERSION - OLDEST_VERSION + 1 }, (_, i) => {
    const version = OLDEST_VERSION + i;
    return { label: label(version), url: `/services/data/v${version}.0`, version: `${version}.0` };
  });
  return [
    {
      name: 'versions',
      class: 'rest',
      method: 'GET',
      pattern: '/services/data',
      access: 'open',
      uncounted: true,
      handle: () => json(versions),
    },
    dataRoute({
      name: 'resources',
      class: 'rest',
      method: 'GET',
      path: '',
      handle: (exchange) =>
        json(
          Object.fromEntries(resources.map((name) => [name, `${exchange.path.replace(/\/$/u, '')}/${name}`])),
        ),
    }),
  ];
}
