import type { ErrorKind, RetryVerdict } from './umbra-error.ts';

export interface ErrorCodeFacts {
  readonly kind: ErrorKind;
  readonly retry: RetryVerdict;
  /** One sentence for `docs/errors.md`: what happened, and what to do about it. */
  readonly meaning: string;
}

/**
 * The closed set of error codes. To add one: a line here, in its prefix group and in alphabetical order; then
 * regenerate `docs/errors.md`. A code that is no longer thrown stays listed as retired and is never reused.
 */
export const errorCatalogue = {
  INPUT_INVALID: {
    kind: 'invalid',
    retry: 'never',
    meaning: 'The request is not understood; every problem is listed. Correct it and send it again.',
  },
  INPUT_TOO_LARGE: {
    kind: 'invalid',
    retry: 'never',
    meaning: 'The request body or list is larger than this route takes. Send less at a time.',
  },

  QUEUE_EVICTION_POLICY: {
    kind: 'invariant',
    retry: 'never',
    meaning:
      'Redis may evict keys, so jobs could vanish. Set maxmemory-policy to noeviction and start again (exit code 78).',
  },
  QUEUE_TOO_OLD: {
    kind: 'unavailable',
    retry: 'never',
    meaning: 'Redis is older than 7. Upgrade it or point REDIS_URL to a newer one (exit code 69).',
  },
  QUEUE_UNAVAILABLE: {
    kind: 'unavailable',
    retry: 'later',
    meaning: 'Redis does not answer. Reads go on without the cache; jobs wait.',
  },

  READ_LIVE_TOO_LARGE: {
    kind: 'unavailable',
    retry: 'later',
    meaning:
      'A live answer would need more than two pages of Salesforce records; wait until the shadow serves it.',
  },
  READ_NOT_FOUND: {
    kind: 'not-found',
    retry: 'never',
    meaning: 'No such record, as of the time stated in the answer.',
  },
  READ_UNAVAILABLE: {
    kind: 'unavailable',
    retry: 'later',
    meaning: 'Neither cache, shadow nor Salesforce can answer now. Try again after Retry-After.',
  },

  SF_BULK_JOB_FAILED: {
    kind: 'unavailable',
    retry: 'later',
    meaning: 'Salesforce failed or aborted the Bulk job. The backfill continues with --resume.',
  },
  SF_BULK_JOB_GONE: {
    kind: 'unavailable',
    retry: 'now',
    meaning:
      'The Bulk job no longer exists (results live 7 days). A new job is created for what has not landed.',
  },
  SF_BULK_ROW_COUNT: {
    kind: 'invariant',
    retry: 'later',
    meaning:
      'Salesforce promised another number of rows than arrived; the slice is not accepted (exit code 65).',
  },
  SF_CONCURRENT_LIMIT: {
    kind: 'throttled',
    retry: 'later',
    meaning: 'The org has too many long-running requests at once.',
  },
  SF_CREDENTIALS_REFUSED: {
    kind: 'unauthorised',
    retry: 'never',
    meaning:
      'Salesforce refused the credentials. Check SF_CLIENT_ID, SF_USERNAME, the key or secret, and that the app is approved for the user (exit code 77).',
  },
  SF_DAILY_LIMIT: {
    kind: 'throttled',
    retry: 'later',
    meaning: 'The daily API allocation of the org, or our share of it, is used up.',
  },
  SF_FIELD_MISSING: {
    kind: 'invalid',
    retry: 'never',
    meaning:
      'The field map names a field that the org lacks or hides from the integration user (exit code 78).',
  },
  SF_NOT_FOUND: {
    kind: 'not-found',
    retry: 'never',
    meaning: 'Salesforce has no such record or resource, or hides it from the integration user.',
  },
  SF_QUERY_REJECTED: {
    kind: 'invariant',
    retry: 'never',
    meaning:
      'Salesforce refused a query that we built: a defect of ours, or a field or object that went away.',
  },
  SF_QUERY_TIMEOUT: {
    kind: 'unavailable',
    retry: 'later',
    meaning: 'Salesforce took longer than 120 s over a query.',
  },
  SF_RESPONSE_INVALID: {
    kind: 'unavailable',
    retry: 'later',
    meaning: 'The answer is not what the API documents: HTML, a cut body, an unexpected shape or size.',
  },
  SF_SESSION_ENDED: {
    kind: 'unauthorised',
    retry: 'now',
    meaning: 'The access token is no longer valid; a new one is fetched once.',
  },
  SF_UNAVAILABLE: {
    kind: 'unavailable',
    retry: 'later',
    meaning: 'Salesforce does not answer or answers with a server error.',
  },
  SF_URL_REFUSED: {
    kind: 'invariant',
    retry: 'never',
    meaning:
      'A URL from configuration or from an answer does not lead to an allowed Salesforce host, so nothing was sent to it. See SF_INSTANCE_HOSTS.',
  },

  STORE_CONFLICT: {
    kind: 'conflict',
    retry: 'now',
    meaning:
      'PostgreSQL refused the transaction because another one was in the way (deadlock, serialisation).',
  },
  STORE_REJECTED: {
    kind: 'invariant',
    retry: 'never',
    meaning: 'PostgreSQL refused a statement that we built: a defect of ours.',
  },
  STORE_SCHEMA_BEHIND: {
    kind: 'unavailable',
    retry: 'never',
    meaning: 'The database schema is older than the code. Run the migrations (exit code 78).',
  },
  STORE_SCHEMA_NEWER: {
    kind: 'invariant',
    retry: 'never',
    meaning: 'The database schema is newer than the code. Deploy the newer release (exit code 76).',
  },
  STORE_TOO_OLD: {
    kind: 'unavailable',
    retry: 'never',
    meaning: 'PostgreSQL is older than 15. Upgrade it or point DATABASE_URL to a newer one (exit code 69).',
  },
  STORE_UNAVAILABLE: {
    kind: 'unavailable',
    retry: 'later',
    meaning: 'PostgreSQL does not answer.',
  },

  SYNC_BUSY: {
    kind: 'conflict',
    retry: 'later',
    meaning: 'Another run holds the lease on the same objects. Wait for it, or stop it.',
  },
  SYNC_NOTHING_TO_RESUME: {
    kind: 'not-found',
    retry: 'never',
    meaning: 'There is no unfinished backfill to resume. Start one without --resume.',
  },
  SYNC_UNKNOWN_OBJECT: {
    kind: 'invalid',
    retry: 'never',
    meaning: 'The object is not mirrored. The message lists those that are (exit code 64).',
  },
} as const satisfies Record<string, ErrorCodeFacts>;

export type ErrorCode = keyof typeof errorCatalogue;
