/**
 * Metrics that the product emits, with their labels. Label values come from closed sets: an id is never a label.
 * A metric is listed here together with the code that makes it true.
 */
export interface MetricLabels {
  sf_api_requests_total: { route: string; outcome: string };
  sf_api_request_seconds: { route: string };
  sf_api_daily_limit: Record<never, never>;
  sf_api_daily_used: Record<never, never>;
  sf_api_daily_usage_percent: Record<never, never>;
  sf_api_allocation_left_percent: { allocation: string };
  sf_api_budget_left_calls: Record<never, never>;
  sf_api_budget_used_calls: { class: string };
  sf_api_calls_total: { route: string; class: string };
  sf_api_degraded: { reason: string };
  sf_api_exhausted_in_seconds: Record<never, never>;
  sf_shadow_sync_failures_total: { object: string; stage: string; code: string };
  sf_shadow_parked: { object: string; reason: string };
  sf_shadow_oldest_row_age_seconds: { table: string };
  sf_shadow_compare_total: { area: string; outcome: string };
  sf_shadow_covered_age_seconds: { object: string };
  sf_shadow_sync_events_total: { object: string; change_type: string; outcome: string };
  sf_shadow_commit_to_visible_seconds: Record<never, never>;
  sf_shadow_lag_seconds: { table: string };
  sf_shadow_drift_rows: { object: string };
  sf_shadow_holes: { object: string; cause: string };
  sf_raw_log_strays: Record<never, never>;
  sf_stream_order_violations_total: Record<never, never>;
  sf_stale_guard_requeues_total: Record<never, never>;
  sf_stale_guard_timeouts_total: Record<never, never>;
  bff_reads_rung: { rung: string };
  bff_reads_total: { area: string; source: string };
  bff_cache_requests_total: { area: string; result: string };
  bff_loads_total: { area: string; source: string };
  bff_answer_seconds: { outcome: string };
  bff_refusals_total: Record<never, never>;
}

export type MetricName = keyof MetricLabels;

export interface Meter {
  /** Adds to a counter. */
  count<N extends MetricName>(name: N, labels: MetricLabels[N], by?: number): void;
  /** Sets a gauge. */
  gauge<N extends MetricName>(name: N, labels: MetricLabels[N], value: number): void;
  /** Observes a value of a histogram, in the unit that the name ends in. */
  observe<N extends MetricName>(name: N, labels: MetricLabels[N], value: number): void;
}
