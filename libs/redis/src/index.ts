export { connectFast, connectPatient, type ConnectionOptions } from './connection/connection.ts';
export { checkRedis, type RedisServer } from './connection/start-check.ts';
export { RedisCache, type RedisCacheOptions } from './cache/redis-cache.ts';
export { RedisBudget } from './budget/redis-budget.ts';
export { ShadowSyncQueue, type QueueOptions } from './queue/job-queue.ts';
export { JobSchedules } from './queue/job-schedules.ts';
export { QueuedRefreshRequests } from './queue/refresh-requests.ts';
export { FailedJobs, type FailedJob } from './queue/failed-jobs.ts';
export { QueueHealth, type QueueSnapshot } from './queue/queue-health.ts';
export { createJobWorkers, type JobWorkers, type JobWorkersOptions } from './queue/job-workers.ts';
export type { AnyJobHandler, JobContext, JobHandler } from './queue/job-handlers.ts';
export { jobOutcome, type JobOutcome } from './queue/job-outcome.ts';
export {
  CACHE_INVALIDATOR,
  JOB_QUEUE,
  QUEUE_HEALTH,
  REFRESH_REQUESTS,
  RedisModule,
  RedisServices,
  SHARED_CACHE,
  type RedisServicesOptions,
} from './redis.module.ts';
