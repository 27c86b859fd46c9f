import type { Org } from '../../org/org.ts';
import { json } from '../http/reply.ts';
import type { Route } from '../http/router.ts';
import { dataRoute } from './data-route.ts';

export const limitsRoutes = (org: Org): Route[] => [
  dataRoute({
    name: 'limits',
    class: 'limits',
    method: 'GET',
    path: '/limits',
    handle: () => json(org.limits.map()),
  }),
];
