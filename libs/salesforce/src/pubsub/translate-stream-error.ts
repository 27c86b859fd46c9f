import { status, type Metadata } from '@grpc/grpc-js';
import { UmbraError, type ErrorCode } from '@umbra/domain';

/** What a gRPC call ended with. */
export interface StreamFailure {
  readonly code?: number;
  readonly metadata?: Metadata;
}

const PREFIX = 'sfdc.platform.eventbus.grpc.';

/**
 * Error codes of the event bus, without their prefix. What is not listed is decided by the gRPC status.
 * Source: Pub/Sub API guide, "Handle Errors".
 */
export const codeBySuffix: Readonly<Record<string, ErrorCode>> = {
  'service.auth.error': 'SF_SESSION_ENDED',
  'service.auth.headers.invalid': 'SF_SESSION_ENDED',
  'service.tenant.license': 'SF_ACCESS_DENIED',
  'service.unavailable': 'SF_STREAM_ENDED',
  'service.protection.triggered': 'SF_THROTTLED',
  'service.protection.stream.limit.triggered': 'SF_THROTTLED',
  'concurrent.client.limit.exceeded': 'SF_THROTTLED',
  'topic.not.found': 'SF_STREAM_TOPIC_REFUSED',
  'topic.meta.permission': 'SF_STREAM_TOPIC_REFUSED',
  'topic.api.unavailable': 'SF_STREAM_ENDED',
  'topic.validation.empty': 'SF_STREAM_TOPIC_REFUSED',
  'schema.meta.permission': 'SF_SCHEMA_UNKNOWN',
  'schema.api.unavailable': 'SF_SCHEMA_UNKNOWN',
  'schema.validation.failed': 'SF_SCHEMA_UNKNOWN',
  'subscription.fetch.replayid.corrupted': 'SF_STREAM_POSITION_REFUSED',
  'subscription.fetch.replayid.validation.failed': 'SF_STREAM_POSITION_REFUSED',
  'subscription.topic.cannot.subscribe': 'SF_STREAM_TOPIC_REFUSED',
  'subscription.limit.exceeded': 'SF_STREAM_ALLOCATION',
};

/** Failures of the infrastructure carry no code of the bus. */
export const codeByStatus: Readonly<Record<number, ErrorCode>> = {
  [status.UNAUTHENTICATED]: 'SF_SESSION_ENDED',
  [status.PERMISSION_DENIED]: 'SF_STREAM_TOPIC_REFUSED',
  [status.NOT_FOUND]: 'SF_STREAM_TOPIC_REFUSED',
  [status.RESOURCE_EXHAUSTED]: 'SF_THROTTLED',
};

/**
 * The failure of a call as an error of this product. Texts are not passed on: they name the org and may quote values.
 * An unknown failure counts as an ended stream, which is resumed from the stored position and loses nothing.
 */
export function translateStreamError(failure: StreamFailure): UmbraError {
  const full = String(failure.metadata?.get('error-code')[0] ?? '');
  const suffix = full.startsWith(PREFIX) ? full.slice(PREFIX.length) : '';
  const code = codeBySuffix[suffix] ?? codeByStatus[failure.code ?? -1] ?? 'SF_STREAM_ENDED';
  return new UmbraError(code, 'The change stream ended.', {
    details: { grpcStatus: failure.code ?? null, busCode: suffix === '' ? null : suffix },
  });
}
