/** Everything about behaviour that can be turned while the org runs. Times in seconds unless named otherwise. */
export interface Knobs {
  // reads and commits
  readLag: number;
  commitDelay: number;
  /** How far back `readLag` can be turned up at once: states older than this are forgotten. Costs memory under load. */
  statesKept: number;
  commitNumberDigits: 19 | 13;
  /** Share 0..1 of rows that the integration user cannot see, of all objects or by object. */
  hideRows: number | Record<string, number>;
  // limits
  dailyLimit: number;
  longCallsLimit: number;
  longCallsTaken: number;
  /** `/limits` shows what was used so many seconds ago. */
  limitsLag: number;
  limitInfoSuffix: string;
  dailyBatchKey: 'DailyBulkApiBatches' | 'DailyBulkApiRequests';
  bulkJobsPerDay: number;
  bulkStoragePerDayMb: number;
  // tokens
  tokenLife: number;
  jwtMaxAhead: number;
  jwtMyDomainAudience: boolean;
  loginsPerHour: number;
  // REST
  upsertUpdateStatus: 200 | 204;
  queryPageSize: number;
  queryLocatorLife: number;
  // Bulk 2.0
  /** Seconds a job stays InProgress. */
  slowState: number;
  /** Share 0..1 of new jobs that end Failed / answer 404 once complete. */
  jobFails: number;
  jobFailsMessage: string;
  jobVanishes: number;
  /** Server cap on rows in one result set; 0: none. */
  maxResultRows: number;
  /** Rows left out of the body of every result set, while the headers promise them. */
  shortPage: number;
  /** Added to numberRecordsProcessed. */
  wrongCount: number;
  /** The same locator is handed out again once per job. */
  locatorTwice: boolean;
  nulInText: boolean;
  resultPagesKey: 'nextRecordsUrl' | 'nextRecordUrl';
  csvHeaderEveryPage: boolean;
  resultsBeforeComplete: 400 | 204;
  bulkOrderByRefused: boolean;
  bulkFieldSize: number;
  jobLifeDays: number;
}
