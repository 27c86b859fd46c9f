import type { RequestClass } from '@umbra/domain';
import { z } from 'zod';
import type { UsageNow } from '../request-queue/org-usage.ts';
import { invalid } from './queries.ts';
import type { RestClient } from './rest-client.ts';

const allocation = z.object({ Max: z.number().int(), Remaining: z.number().int() });
const limitsAnswer = z.object({
  DailyApiRequests: allocation,
  DailyBulkV2QueryJobs: allocation.optional(),
  DailyBulkV2QueryFileStorageMB: allocation.optional(),
  DailyDeliveredPlatformEvents: allocation.optional(),
});

export interface Allocation {
  readonly max: number;
  /** Lags behind real use by minutes. */
  readonly remaining: number;
}

/** What is left of the org's 24-hour allocations. */
export interface OrgLimits {
  readonly apiRequests: Allocation;
  /** Null where the org does not list it. */
  readonly bulkQueryJobs: Allocation | null;
  readonly bulkQueryStorageMb: Allocation | null;
  /** Events that subscribers of all clients may receive, change events included. */
  readonly deliveredEvents: Allocation | null;
}

/** Asks `/limits`, which is one call itself, and tells the daily usage. */
export async function readOrgLimits(
  rest: RestClient,
  usage: { noteOrg(told: UsageNow): void },
  requestClass: RequestClass,
): Promise<OrgLimits> {
  const answer = await rest.get(
    { route: 'limits', requestClass, path: '/limits' },
    limitsAnswer,
    'limits answer',
  );
  if (answer === undefined) throw invalid('no limits');
  const {
    DailyApiRequests: api,
    DailyBulkV2QueryJobs: jobs,
    DailyBulkV2QueryFileStorageMB: storage,
    DailyDeliveredPlatformEvents: events,
  } = answer.value;
  usage.noteOrg({ used: api.Max - api.Remaining, limit: api.Max });
  return {
    apiRequests: shown(api),
    bulkQueryJobs: jobs ? shown(jobs) : null,
    bulkQueryStorageMb: storage ? shown(storage) : null,
    deliveredEvents: events ? shown(events) : null,
  };
}

function shown({ Max, Remaining }: z.infer<typeof allocation>): Allocation {
  return { max: Max, remaining: Remaining };
}
