/** What went wrong, in the seven words that the BFF filter and the worker outcome both switch over. */
export type ErrorKind =
  'invalid' | 'not-found' | 'conflict' | 'unauthorised' | 'throttled' | 'unavailable' | 'invariant';

/** Whether trying again can help: `now`, `later` (at `retryAt` when that is known) or `never`. */
export type RetryVerdict = 'never' | 'later' | 'now';

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
  INPUT_CONFIGURATION: {
    kind: 'invalid',
    retry: 'never',
    meaning:
      'The environment, the field map or a file that they name cannot be used; every problem is listed (exit code 78).',
  },
  INPUT_CREDENTIALS_MISSING: {
    kind: 'unauthorised',
    retry: 'never',
    meaning: 'The request carries no valid API key or token. Send one as Authorization: Bearer <key>.',
  },
  INPUT_INVALID: {
    kind: 'invalid',
    retry: 'never',
    meaning: 'The request is not understood; every problem is listed. Correct it and send it again.',
  },
  INPUT_ISSUER_UNAVAILABLE: {
    kind: 'unavailable',
    retry: 'later',
    meaning: 'Tokens cannot be checked now: the keys of their issuer (AUTH_JWKS_URL) cannot be fetched.',
  },
  INPUT_METHOD_NOT_ALLOWED: {
    kind: 'invalid',
    retry: 'never',
    meaning: 'The path exists, but not with this method. The Allow header lists those that it takes.',
  },
  INPUT_PORT_TAKEN: {
    kind: 'unavailable',
    retry: 'never',
    meaning: 'Another process listens on the port that was set. Stop it or set another port (exit code 69).',
  },
  INPUT_ROUTE_UNKNOWN: {
    kind: 'not-found',
    retry: 'never',
    meaning: 'There is no such path. /docs lists those that there are.',
  },
  INPUT_SCOPE_MISSING: {
    kind: 'unauthorised',
    retry: 'never',
    meaning: 'The API key or token is valid but lacks the scope that this route needs.',
  },
  INPUT_TOO_LARGE: {
    kind: 'invalid',
    retry: 'never',
    meaning: 'The request body or list is larger than this route takes. Send less at a time.',
  },

  QUEUE_CREDENTIALS_REFUSED: {
    kind: 'unauthorised',
    retry: 'never',
    meaning: 'Redis refused the user or password in REDIS_URL, or their permissions (exit code 77).',
  },
  QUEUE_EVICTION_POLICY: {
    kind: 'invariant',
    retry: 'never',
    meaning:
      'Redis may evict keys, so jobs could vanish. Set maxmemory-policy to noeviction and start again (exit code 78).',
  },
  QUEUE_FULL: {
    kind: 'unavailable',
    retry: 'later',
    meaning:
      'Redis has reached its maxmemory. Give it more; until then jobs are refused and the cache stays as it is.',
  },
  QUEUE_HANDLERS: {
    kind: 'invariant',
    retry: 'never',
    meaning: 'A job of the catalogue has no handler, or two, so the worker does not start: a defect of ours.',
  },
  QUEUE_JOB_UNREADABLE: {
    kind: 'invariant',
    retry: 'never',
    meaning:
      'A job has an unknown name, or data that its schema refuses. It is kept as failed; see whether releases are mixed.',
  },
  QUEUE_REJECTED: {
    kind: 'invariant',
    retry: 'never',
    meaning: 'Redis refused a command that we built: a defect of ours, or foreign data under our keys.',
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

  READ_FAILED: {
    kind: 'invariant',
    retry: 'never',
    meaning:
      'Umbra failed in a way that it does not know. The log entry with the id of the answer tells more to its operators.',
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
  READ_NOT_FRESH: {
    kind: 'unavailable',
    retry: 'later',
    meaning:
      'No source can prove now that the answer is as young as Cache-Control: max-age demands. Come back after Retry-After, or accept an older answer.',
  },
  READ_OVERLOADED: {
    kind: 'unavailable',
    retry: 'later',
    meaning: 'More requests are under way than the process can answer in time. Come back after Retry-After.',
  },
  READ_THROTTLED: {
    kind: 'throttled',
    retry: 'later',
    meaning:
      'This client sends more reads, or more reads that demand fresh answers, than it may. Come back after Retry-After.',
  },
  READ_UNAVAILABLE: {
    kind: 'unavailable',
    retry: 'later',
    meaning: 'Neither cache, shadow nor Salesforce can answer now. Try again after Retry-After.',
  },

  SF_ACCESS_DENIED: {
    kind: 'unauthorised',
    retry: 'never',
    meaning:
      'The integration user may not do this, or the API is switched off for it. Check its permission set and the API Enabled permission.',
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
      'The Bulk job no longer exists (results live 7 days), or belongs to another API version. A new job is created for what has not landed.',
  },
  SF_BULK_LIMIT: {
    kind: 'throttled',
    retry: 'later',
    meaning:
      'The 24-hour allocation of Bulk query jobs or of their results is used up. The backfill continues with --resume.',
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
  SF_CURSOR_GONE: {
    kind: 'unavailable',
    retry: 'now',
    meaning:
      'The result set of a paged query has expired (it lives 2 days at most). The query is asked again.',
  },
  SF_DAILY_LIMIT: {
    kind: 'throttled',
    retry: 'later',
    meaning: 'The daily API allocation of the org, or our share of it, is used up.',
  },
  SF_EVENT_UNDECODABLE: {
    kind: 'invariant',
    retry: 'never',
    meaning:
      'A change event does not decode with the schema it names. Its bytes are kept, and the object counts as incomplete until it was read again.',
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
  SF_QUEUE_FULL: {
    kind: 'throttled',
    retry: 'later',
    meaning: 'More calls to Salesforce wait in this process than it takes; nothing was sent.',
  },
  SF_REQUEST_REJECTED: {
    kind: 'invariant',
    retry: 'never',
    meaning:
      'Salesforce refused a request that we built: a defect of ours, or an API version it no longer serves.',
  },
  SF_RESPONSE_INVALID: {
    kind: 'unavailable',
    retry: 'later',
    meaning: 'The answer is not what the API documents: HTML, a cut body, an unexpected shape or size.',
  },
  SF_SCHEMA_UNKNOWN: {
    kind: 'unavailable',
    retry: 'later',
    meaning:
      'Salesforce does not know the schema of a change event now. Its bytes are kept and decoded later.',
  },
  SF_SESSION_ENDED: {
    kind: 'unauthorised',
    retry: 'now',
    meaning: 'The access token is no longer valid; a new one is fetched once.',
  },
  SF_STREAM_ALLOCATION: {
    kind: 'throttled',
    retry: 'later',
    meaning:
      'The daily allocation of delivered events is used up. The stream goes on when it recovers; events are kept for 72 hours.',
  },
  SF_STREAM_ENDED: {
    kind: 'unavailable',
    retry: 'now',
    meaning: 'The change stream ended; it is resumed from the stored position.',
  },
  SF_STREAM_POSITION_REFUSED: {
    kind: 'conflict',
    retry: 'never',
    meaning:
      'Salesforce refuses the stored position: it is older than 72 hours, or the org was refreshed or moved. The objects are read in full.',
  },
  SF_STREAM_SILENT: {
    kind: 'unavailable',
    retry: 'now',
    meaning:
      'The change stream sent nothing, keep-alives included, for too long: the connection is dead and is replaced.',
  },
  SF_STREAM_TOPIC_REFUSED: {
    kind: 'invalid',
    retry: 'later',
    meaning:
      'The topic does not exist, or the integration user may not subscribe to it. Is change data capture on for the object?',
  },
  SF_THROTTLED: {
    kind: 'throttled',
    retry: 'later',
    meaning: 'Salesforce asks to slow down (429).',
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

  STORE_ARCHIVE_DAMAGED: {
    kind: 'invariant',
    retry: 'never',
    meaning:
      'A file of the archive is not what its manifest or its table says. Nothing was dropped; the day is written again, or restored from a copy.',
  },
  STORE_ARCHIVE_MISSING: {
    kind: 'not-found',
    retry: 'never',
    meaning:
      'A file that the archive should hold is not in SF_ARCHIVE_DIR. Bring it back, or mount the folder that holds it.',
  },
  STORE_ARCHIVE_UNAVAILABLE: {
    kind: 'unavailable',
    retry: 'later',
    meaning:
      'The folder SF_ARCHIVE_DIR cannot be read or written. Check the disk and its permissions; nothing was dropped.',
  },
  STORE_CONFLICT: {
    kind: 'conflict',
    retry: 'now',
    meaning:
      'PostgreSQL refused the transaction because another one was in the way (deadlock, serialisation).',
  },
  STORE_CREDENTIALS_REFUSED: {
    kind: 'unavailable',
    retry: 'never',
    meaning: 'PostgreSQL refused the user or password of DATABASE_URL. Correct it (exit code 77).',
  },
  STORE_DATABASE_MISSING: {
    kind: 'unavailable',
    retry: 'never',
    meaning:
      'The database that DATABASE_URL names does not exist. Create it, owned by that user (exit code 78).',
  },
  STORE_MIGRATION_FAILED: {
    kind: 'invariant',
    retry: 'never',
    meaning:
      'A migration did not apply, or one that had been applied was edited or is not known here. Nothing further was applied; the cause says what PostgreSQL refused (exit code 78).',
  },
  STORE_PRIVILEGE_MISSING: {
    kind: 'invariant',
    retry: 'never',
    meaning:
      'The database role may not do what Umbra needs. It must own its schema and may create temporary tables; it needs no superuser (exit code 78).',
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
  STORE_TWO_HOMES: {
    kind: 'invariant',
    retry: 'never',
    meaning:
      'A record stands in its shadow table and aside at once, so it is not merged any further: a defect of ours. Read the object again with a backfill after removing one of the two rows.',
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
  SYNC_CURRENCY_MISSING: {
    kind: 'invalid',
    retry: 'never',
    meaning:
      'Prices of this org carry no currency (PricebookEntry has no CurrencyIsoCode). Set SF_DEFAULT_CURRENCY (exit code 78).',
  },
  SYNC_FENCED: {
    kind: 'conflict',
    retry: 'never',
    meaning:
      'A newer owner has the topic, so nothing of what this one received was stored. It stops; the other goes on.',
  },
  SYNC_NOTHING_KEPT: {
    kind: 'not-found',
    retry: 'never',
    meaning:
      'There is no complete read of the object whose pages were kept, so it cannot be rebuilt. Run a backfill instead.',
  },
  SYNC_NOTHING_TO_RESUME: {
    kind: 'not-found',
    retry: 'never',
    meaning: 'There is no unfinished backfill to resume. Start one without --resume.',
  },
  SYNC_ORG_CHANGED: {
    kind: 'invalid',
    retry: 'never',
    meaning:
      'The database mirrors another Salesforce org than the one configured. Correct the address, or start the worker, which reads the new org into it (exit code 78).',
  },
  SYNC_RECORD_NOT_VISIBLE: {
    kind: 'unavailable',
    retry: 'later',
    meaning:
      'Salesforce did not show a record that was to be read again. It may not be visible yet, so it is asked for again; one missing answer never counts as a deletion.',
  },
  SYNC_UNKNOWN_OBJECT: {
    kind: 'invalid',
    retry: 'never',
    meaning: 'The object is not mirrored. The message lists those that are (exit code 64).',
  },
} as const satisfies Record<string, ErrorCodeFacts>;

export type ErrorCode = keyof typeof errorCatalogue;
