import {
  asideReasons,
  errorCatalogue,
  requestClasses,
  type HoleCause,
  type MetricLabels,
  type MetricName,
} from '@umbra/domain';

interface Definition<L> {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** For each label the closed set of its values; any other value is counted as `other`. */
  readonly labels: { readonly [K in keyof L]: ReadonlySet<string> };
  /** Upper bounds of a histogram, in the unit that the name ends in. */
  readonly buckets?: readonly number[];
}

const set = (...values: readonly string[]): ReadonlySet<string> => new Set(values);

const objects = set('Product2', 'PricebookEntry', 'Account');
const tables = set('sf_product_shadow', 'sf_pricebook_shadow', 'sf_account_eligibility_shadow');
const codes: ReadonlySet<string> = new Set([...Object.keys(errorCatalogue), 'unexpected']);

const changeTypes = set(
  ...['CREATE', 'UPDATE', 'DELETE', 'UNDELETE'].flatMap((type) => [type, `GAP_${type}`]),
);
/** `Record`, so that a cause that is missing here does not compile. */
const holeCauses = set(
  ...Object.keys({
    'stream-silent': true,
    'replay-rejected': true,
    'epoch-raised': true,
    overflow: true,
    wildcard: true,
    'schema-changed': true,
    undecodable: true,
    gap: true,
    poison: true,
    'operator-skip': true,
  } satisfies Record<HoleCause, true>),
);

/** Kinds of call to Salesforce, as its adapter names them. */
const routes = set(
  'token',
  'query',
  'query-more',
  'describe',
  'limits',
  'bulk-create',
  'bulk-status',
  'bulk-results',
  'bulk-abort',
  'bulk-delete',
);
const outcomes = set('success', 'aborted', ...Object.values(errorCatalogue).map(({ kind }) => kind));

/** Every metric of the product: help, labels with their closed sets, buckets. An id is never a label value. */
export const metricDefinitions: { readonly [N in MetricName]: Definition<MetricLabels[N]> } = {
  bff_answer_seconds: {
    type: 'histogram',
    help: 'From the request to the last byte of its answer, reads only, by what came of it; without refusals at the door.',
    labels: { outcome: set('answered', 'refused', 'failed') },
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5],
  },
  bff_cache_requests_total: {
    type: 'counter',
    help: 'Cache look-ups of the read path by area and result; near: answered from the memory of the process.',
    labels: {
      area: set('catalog', 'eligibility', 'prices'),
      result: set('hit', 'miss', 'near', 'unavailable'),
    },
  },
  bff_reads_rung: {
    type: 'gauge',
    help: '1 for the rung of the degradation ladder on which reads stand, 0 for all others.',
    labels: { rung: set('normal', 'conserving', 'shadow-only', 'cache-only', 'refuse') },
  },
  bff_loads_total: {
    type: 'counter',
    help: 'Times that the shadow or Salesforce was asked on behalf of readers; those who come together share one.',
    labels: {
      area: set('catalog', 'eligibility', 'prices'),
      source: set('shadow', 'salesforce'),
    },
  },
  bff_refusals_total: {
    type: 'counter',
    help: 'Reads refused at the door (READ_OVERLOADED), because the process could not have answered them in time.',
    labels: {},
  },
  bff_reads_total: {
    type: 'counter',
    help: 'Answered reads by area and the source that answered.',
    labels: {
      area: set('catalog', 'eligibility', 'prices', 'quote'),
      source: set('cache', 'shadow', 'salesforce'),
    },
  },
  sf_api_allocation_left_percent: {
    type: 'gauge',
    help: 'What the org has left of another daily allocation, as /limits last told.',
    labels: { allocation: set('bulkQueryJobs', 'bulkQueryStorageMb', 'deliveredEvents') },
  },
  sf_api_budget_left_calls: {
    type: 'gauge',
    help: 'API calls that this product may still make now, by its share and by what other clients leave.',
    labels: {},
  },
  sf_api_budget_used_calls: {
    type: 'gauge',
    help: 'API calls of all processes of this product in the last day, by whom they served.',
    labels: { class: set(...requestClasses) },
  },
  sf_api_calls_total: {
    type: 'counter',
    help: 'API requests of this process by route and by whom they served.',
    labels: { route: routes, class: set(...requestClasses) },
  },
  sf_api_daily_limit: {
    type: 'gauge',
    help: 'API calls that the org may receive in 24 hours, as Salesforce last reported.',
    labels: {},
  },
  sf_api_daily_usage_percent: {
    type: 'gauge',
    help: 'Share of that limit that the whole org has used.',
    labels: {},
  },
  sf_api_daily_used: {
    type: 'gauge',
    help: 'API calls that the whole org has made in the last 24 hours, as Salesforce last reported.',
    labels: {},
  },
  sf_api_degraded: {
    type: 'gauge',
    help: '1 for the reason why calls to Salesforce are refused or slowed by this process; 0 for all others.',
    labels: {
      reason: set('credentials', 'breaker-open', 'daily-limit', 'daily-share', 'reserve', 'throttled'),
    },
  },
  sf_api_exhausted_in_seconds: {
    type: 'gauge',
    help: 'Time until the org has no API calls left if its usage goes on growing as it does; infinite when it does not.',
    labels: {},
  },
  sf_api_request_seconds: {
    type: 'histogram',
    help: 'Time that a Salesforce call took, waiting in our queue excluded.',
    labels: { route: routes },
    buckets: [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120],
  },
  sf_api_requests_total: {
    type: 'counter',
    help: 'Salesforce calls by route and outcome.',
    labels: { route: routes, outcome: outcomes },
  },
  sf_raw_log_strays: {
    type: 'gauge',
    help: 'Events of the raw log in no partition of their day. Not 0: a partition is missing, or dates are absurd.',
    labels: {},
  },
  sf_shadow_commit_to_visible_seconds: {
    type: 'histogram',
    help: 'From the commit in Salesforce, which has whole seconds, to the row and the dropped cache entries.',
    labels: {},
    buckets: [0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 30, 60, 300, 900, 3600],
  },
  sf_shadow_compare_total: {
    type: 'counter',
    help: 'Answers of Salesforce held against the shadow (ENABLE_SF_SHADOW_COMPARE), by area and what came of it.',
    labels: {
      area: set('catalog', 'eligibility', 'prices'),
      outcome: set('equal', 'late', 'different', 'unproven', 'unjudged'),
    },
  },
  sf_shadow_covered_age_seconds: {
    type: 'gauge',
    help: 'Now minus the instant up to which the object is proven to equal Salesforce.',
    labels: { object: objects },
  },
  sf_shadow_drift_rows: {
    type: 'gauge',
    help: 'Rows that the last comparison with Salesforce found wrong, and repaired. The measure of what the stream lost.',
    labels: { object: objects },
  },
  sf_shadow_holes: {
    type: 'gauge',
    help: 'Breaks in what is proven that no read has closed yet, by cause.',
    labels: { object: objects, cause: holeCauses },
  },
  sf_shadow_lag_seconds: {
    type: 'gauge',
    help: 'Now minus the commit time of the oldest change that is stored and not applied; 0 when there is none.',
    labels: { table: tables },
  },
  sf_shadow_oldest_row_age_seconds: {
    type: 'gauge',
    help: 'Largest now() - updated_at of the table; a row that never changes grows old without being wrong.',
    labels: { table: tables },
  },
  sf_shadow_parked: {
    type: 'gauge',
    help: 'Living records that wait aside, by the reason that keeps them out of their table.',
    labels: { object: objects, reason: set(...asideReasons) },
  },
  sf_shadow_sync_events_total: {
    type: 'counter',
    help: 'Changes by what became of them: applied, or poisoned, in which case a read has to tell.',
    labels: { object: objects, change_type: changeTypes, outcome: set('applied', 'poisoned') },
  },
  sf_shadow_sync_failures_total: {
    type: 'counter',
    help: 'Failures of the write path by object, stage and error code.',
    labels: {
      object: set(...objects, 'unknown'),
      stage: set('apply', 'backfill', 'delta', 'reconcile', 'refresh'),
      code: codes,
    },
  },
  sf_stream_order_violations_total: {
    type: 'counter',
    help: 'Events that arrived behind a higher commit number and were no repetitions.',
    labels: {},
  },
  sf_stale_guard_requeues_total: {
    type: 'counter',
    help: 'Rows read again because an event shows that they came from a replica that was behind.',
    labels: {},
  },
  sf_stale_guard_timeouts_total: {
    type: 'counter',
    help: 'Rows taken as they are after they had been read again in vain for too long.',
    labels: {},
  },
};
