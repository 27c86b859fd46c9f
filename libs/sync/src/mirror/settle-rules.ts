import {
  checkFieldMap,
  mirroredObjectNames,
  mirroredObjects,
  UmbraError,
  type FieldMap,
  type FieldMapFindings,
  type ObjectDescribe,
  type ProjectionRules,
  type RecordSource,
} from '@umbra/domain';

export interface SettledRules {
  readonly rules: ProjectionRules;
  /** One sentence each, for the log at start. */
  readonly warnings: readonly string[];
}

/**
 * Compares the configuration with the org before anything is written: every mapped field must be there, and prices
 * must have a currency from somewhere.
 *
 * The default currency takes effect only in an org whose prices carry none; elsewhere a price without a currency is a
 * mistake to be seen, not to be papered over.
 *
 * @param defaultCurrency `SF_DEFAULT_CURRENCY`, or null
 * @throws UmbraError SF_FIELD_MISSING with every problem, or SYNC_CURRENCY_MISSING; both before any write
 */
export async function settleRules(
  records: RecordSource,
  fieldMap: FieldMap,
  defaultCurrency: string | null,
): Promise<SettledRules> {
  const describes: ObjectDescribe[] = [];
  for (const name of mirroredObjectNames) describes.push(await records.describe(name));
  const prices = describes.find(({ name }) => name === 'PricebookEntry');
  const hasCurrency = prices?.fields.some(({ name }) => name === 'CurrencyIsoCode') === true;
  if (!hasCurrency && defaultCurrency === null) {
    throw new UmbraError(
      'SYNC_CURRENCY_MISSING',
      'PricebookEntry has no CurrencyIsoCode in this org: set SF_DEFAULT_CURRENCY to the currency it sells in',
    );
  }
  const rules: ProjectionRules = { fieldMap, defaultCurrency: hasCurrency ? null : defaultCurrency };
  const findings = describes.flatMap((describe): FieldMapFindings[] => {
    const object = mirroredObjectNames.find((name) => name === describe.name);
    return object === undefined ? [] : [checkFieldMap(mirroredObjects[object], rules, describe)];
  });
  const problems = findings.flatMap((finding) => finding.problems);
  if (problems.length > 0) {
    throw new UmbraError('SF_FIELD_MISSING', `the field map does not fit this org: ${problems.join(' ')}`, {
      problems,
    });
  }
  return { rules, warnings: findings.flatMap((finding) => finding.warnings) };
}
