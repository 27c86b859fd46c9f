import { UmbraError, type FieldMap, type RecordSource } from '@umbra/domain';
import { Mirror, type MirrorOptions } from './mirror.ts';
import { settleRules } from './settle-rules.ts';

export interface OpenMirrorOptions extends Omit<MirrorOptions, 'rules'> {
  readonly records: RecordSource;
  readonly fieldMap: FieldMap;
  /** `SF_DEFAULT_CURRENCY`, or null */
  readonly defaultCurrency: string | null;
  /** The org that the database mirrors; undefined while it mirrors none. */
  readonly knownOrg: () => Promise<{ readonly orgId: string } | undefined>;
}

/**
 * The mirror of a command: configuration, org and database are compared before anything is written.
 * @throws UmbraError as `settleRules`; SYNC_ORG_CHANGED: rows of two orgs in one table could never be told apart again
 */
export async function openMirror(options: OpenMirrorOptions): Promise<Mirror> {
  const { defaultCurrency, fieldMap, knownOrg, records, ...mirror } = options;
  const { rules, warnings } = await settleRules(records, fieldMap, defaultCurrency);
  for (const reason of warnings) mirror.log.warn({ reason }, 'field map warning');
  const { orgId } = await records.org();
  const known = await knownOrg();
  if (known !== undefined && known.orgId !== orgId)
    throw new UmbraError(
      'SYNC_ORG_CHANGED',
      `This database mirrors the org ${known.orgId}, but SF_LOGIN_URL leads to ${orgId}. If that is right, start the worker: it meets the new org and reads everything anew`,
    );
  return new Mirror({ ...mirror, rules });
}
