import { isUmbraError, type PendingChange } from '@umbra/domain';
import type { ApplyDeps } from './apply-deps.ts';

/**
 * Fetches schemas before the transaction that needs them, not within: it would hold rows and lanes for as long as
 * Salesforce takes to answer.
 * @param unreadable takes those that Salesforce no longer knows
 * @throws UmbraError SF_* when one cannot be had now
 */
export async function prepareSchemas(
  deps: ApplyDeps,
  changes: readonly PendingChange[],
  schemas: readonly string[],
  unreadable: Set<string>,
): Promise<void> {
  for (const schemaId of schemas) {
    try {
      await deps.schemas.prepare(schemaId);
    } catch (error) {
      if (!isUmbraError(error) || !isLostSchema(error.code)) throw error;
      unreadable.add(schemaId);
      continue;
    }
    const first = changes.find((change) => change.schemaId === schemaId);
    if (first !== undefined) await deps.onSchema?.(schemaId, first);
  }
}

/** Salesforce no longer knows the schema, or it is none: the records named are read instead. */
function isLostSchema(code: string): boolean {
  return code === 'SF_SCHEMA_UNKNOWN' || code === 'SF_EVENT_UNDECODABLE';
}
