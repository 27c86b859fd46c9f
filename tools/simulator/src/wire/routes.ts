import type { Org } from '../org/org.ts';
import { bulkRoutes } from './bulk/bulk-routes.ts';
import { JobStore } from './bulk/job-store.ts';
import type { Route } from './http/router.ts';
import type { AppCredentials } from './oauth/app-credentials.ts';
import { Grants } from './oauth/grants.ts';
import { oauthRoutes } from './oauth/oauth-routes.ts';
import type { SessionStore } from './oauth/session-store.ts';
import { collectionRoutes } from './rest/collection-routes.ts';
import { describeRoutes } from './rest/describe-routes.ts';
import { limitsRoutes } from './rest/limits-routes.ts';
import { QueryCursors } from './rest/query-cursor.ts';
import { queryRoutes } from './rest/query-routes.ts';
import { replicationRoutes } from './rest/replication-routes.ts';
import { sobjectRoutes } from './rest/sobject-routes.ts';
import { versionRoutes } from './rest/version-routes.ts';

export interface WireContext {
  readonly org: Org;
  readonly credentials: AppCredentials;
  readonly sessions: SessionStore;
  /** Known only once the server listens. */
  readonly instanceUrl: () => string;
}

export interface WireRoutes {
  readonly routes: readonly Route[];
  /** Lets go of result sets and jobs. */
  release(): void;
}

/** Everything the org answers over HTTP. Order matters: literal paths stand before those with a name in that place. */
export function wireRoutes(context: WireContext): WireRoutes {
  const { org } = context;
  const cursors = new QueryCursors(org);
  const jobs = new JobStore(org);
  const grants = new Grants(context);
  return {
    routes: [
      ...oauthRoutes({ ...context, grants }),
      ...versionRoutes(),
      ...limitsRoutes(org),
      ...queryRoutes(org, cursors),
      ...describeRoutes(org),
      ...replicationRoutes(org),
      ...sobjectRoutes(org),
      ...collectionRoutes(org),
      ...bulkRoutes(org, jobs),
    ],
    release() {
      cursors.closeAll();
      jobs.deleteAll();
    },
  };
}
