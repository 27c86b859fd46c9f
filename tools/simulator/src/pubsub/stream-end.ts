/** How the server ends a stream or refuses a call. */
export interface StreamEnd {
  /** gRPC status code. */
  readonly status: number;
  readonly details: string;
  /** Suffix of `sfdc.platform.eventbus.grpc.`; absent for failures of the infrastructure. */
  readonly errorCode?: string | undefined;
}

const invalid = (errorCode: string, details: string): StreamEnd => ({ status: 3, errorCode, details });

/** Codes, statuses and texts. Source: Pub/Sub API, "Error Codes"; statuses as seen by clients. */
export const ends = {
  unauthenticated: {
    status: 16,
    errorCode: 'service.auth.error',
    details: 'An authentication exception occurred. Provide valid authentication via metadata headers.',
  },
  demandRefused: invalid(
    'subscription.fetch.requested.events.invalid',
    'The number of requested events must be greater than 0.',
  ),
  topicMismatch: invalid(
    'subscription.fetch.topic.mismatch',
    'The topic name of a later request differs from the first.',
  ),
  replayIdMissing: invalid(
    'subscription.fetch.replayid.validation.failed',
    'The Replay ID validation failed. The replay_id field is required with the CUSTOM replay preset.',
  ),
  replayIdRefused: invalid(
    'subscription.fetch.replayid.corrupted',
    'The Replay ID validation failed. Ensure that the replay_id field value in FetchRequest is valid and refers to an event that is within the retention window.',
  ),
  schemaIdBlank: invalid(
    'schema.validation.failed',
    "Schema validation failed. The schema ID can't be blank.",
  ),
  schemaUnknown: invalid('schema.validation.failed', 'Schema validation failed. The schema ID is unknown.'),
  maintenance: { status: 14, details: 'This application is down for maintenance' },
} as const satisfies Record<string, StreamEnd>;

export const allocationSpent = (status: number): StreamEnd => ({
  status,
  errorCode: 'subscription.limit.exceeded',
  details: 'You have exceeded the event delivery limit for your org.',
});

export const idleClosed = (status: number): StreamEnd => ({
  status,
  details:
    status === 13
      ? 'Received RST_STREAM with code 0 (Call ended without gRPC status)'
      : 'RST_STREAM closed stream. HTTP/2 error code: NO_ERROR',
});

/** @param tenant `CORE/prod/<org id>` */
export const topicNotFound = (tenant: string, topic: string): StreamEnd => ({
  status: 5,
  errorCode: 'topic.not.found',
  details: `The topic information for org ${tenant} and topic ${topic} not found. Ensure the topic name is correct and that the topic exists.`,
});

export const topicDenied = (status: number, tenant: string, topic: string): StreamEnd => ({
  status,
  errorCode: 'topic.meta.permission',
  // Without a space before "and", as on the wire.
  details: `An error occurred while getting the metadata for org ${tenant}and topic ${topic}. Ensure the credentials and topic name are correct`,
});
