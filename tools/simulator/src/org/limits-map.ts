import type { Knobs } from './knobs.ts';

/** Allocations of an Enterprise org that the simulator does not draw on: shown full. */
const untouched: Record<string, number> = {
  ActiveScratchOrgs: 40,
  AnalyticsExternalDataSizeMB: 40_960,
  ConcurrentAsyncGetReportInstances: 200,
  ConcurrentSyncReportRuns: 20,
  DailyAsyncApexExecutions: 250_000,
  DailyAsyncApexTests: 500,
  DailyDeliveredPlatformEvents: 25_000,
  DailyDurableGenericStreamingApiEvents: 200_000,
  DailyDurableStreamingApiEvents: 200_000,
  DailyGenericStreamingApiEvents: 10_000,
  DailyScratchOrgs: 80,
  DailyStandardVolumePlatformEvents: 25_000,
  DailyStreamingApiEvents: 200_000,
  DailyWorkflowEmails: 50_000,
  DataStorageMB: 11_264,
  DurableStreamingApiConcurrentClients: 1_000,
  FileStorageMB: 112_640,
  HourlyAsyncReportRuns: 1_200,
  HourlyDashboardRefreshes: 200,
  HourlyODataCallout: 20_000,
  HourlyPublishedPlatformEvents: 250_000,
  HourlyPublishedStandardVolumePlatformEvents: 1_000,
  HourlySyncReportRuns: 500,
  HourlyTimeBasedWorkflow: 1_000,
  MassEmail: 5_000,
  MonthlyPlatformEventsUsageEntitlement: 0,
  SingleEmail: 5_000,
  StreamingApiConcurrentClients: 1_000,
};

export interface UsedAllocations {
  readonly daily: number;
  readonly bulkJobs: number;
  readonly bulkMb: number;
}

/** The map that `/limits` answers, names in alphabetical order. */
export function limitsMap(
  knobs: Knobs,
  used: UsedAllocations,
): Record<string, { Max: number; Remaining: number }> {
  const left = (max: number, spent: number): { Max: number; Remaining: number } => ({
    Max: max,
    Remaining: Math.max(0, max - spent),
  });
  const entries: [string, { Max: number; Remaining: number }][] = [
    ...Object.entries(untouched).map(([name, max]): [string, { Max: number; Remaining: number }] => [
      name,
      left(max, 0),
    ]),
    ['DailyApiRequests', left(knobs.dailyLimit, used.daily)],
    ['DailyBulkV2QueryJobs', left(knobs.bulkJobsPerDay, used.bulkJobs)],
    ['DailyBulkV2QueryFileStorageMB', left(knobs.bulkStoragePerDayMb, used.bulkMb)],
    [knobs.dailyBatchKey, left(15_000, 0)],
  ];
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
