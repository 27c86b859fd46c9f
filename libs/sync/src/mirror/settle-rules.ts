import {
  mirroredObjectNames,
  settledRules,
  type FieldMap,
  type ObjectDescribe,
  type RecordSource,
  type SettledRules,
} from '@umbra/domain';

/**
 * Asks the org to describe every mirrored object and compares the configuration with it, before anything is written.
 * @param defaultCurrency `SF_DEFAULT_CURRENCY`, or null
 * @throws UmbraError SF_FIELD_MISSING, SYNC_CURRENCY_MISSING, as `settledRules`; SF_* when the org cannot be asked
 */
export async function settleRules(
  records: Pick<RecordSource, 'describe'>,
  fieldMap: FieldMap,
  defaultCurrency: string | null,
): Promise<SettledRules> {
  const describes: ObjectDescribe[] = [];
  for (const name of mirroredObjectNames) describes.push(await records.describe(name));
  return settledRules(describes, fieldMap, defaultCurrency);
}
