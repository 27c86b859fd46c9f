export { createChangeDecoder } from './avro/change-decoder.ts';
export {
  openSalesforce,
  type PubsubAddress,
  type Salesforce,
  type SalesforcePorts,
} from './open-salesforce.ts';
export {
  BULK_SOURCE,
  LIVE_READS,
  RECORD_SOURCE,
  SALESFORCE,
  SalesforceModule,
  type SalesforceModuleOptions,
} from './salesforce.module.ts';
export { SalesforceRequestQueueService } from './request-queue/salesforce-request-queue.service.ts';
export type {
  CallConditions,
  QueueDegradation,
  SalesforceQueueSnapshot,
} from './request-queue/queue-snapshot.ts';
export { PubsubSource, type PubsubOptions } from './pubsub/pubsub-source.ts';
export type { Session, SessionExchange } from './auth/session.ts';
export type { CredentialState } from './auth/sessions.ts';
export type { Allocation, OrgLimits } from './rest/org-limits.ts';
export type { ObjectNeed, PermissionReport } from './permission/permission-report.ts';
export { SalesforceReadThrottleGuard } from './throttle/salesforce-read-throttle.guard.ts';
