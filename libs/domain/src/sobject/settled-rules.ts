import { UmbraError } from '../errors/umbra-error.ts';
import type { ObjectDescribe } from './describe.ts';
import { checkFieldMap, type FieldMapFindings } from './field-map-check.ts';
import type { FieldMap } from './field-map.ts';
import type { ProjectionRules } from './projection-columns.ts';
import { mirroredObjectNames, mirroredObjects } from './registry.ts';

export interface SettledRules {
  readonly rules: ProjectionRules;
  /** One sentence each, for the log at start. */
  readonly warnings: readonly string[];
}

/**
 * Compares the configuration with the org: every mapped field must be there, and prices must have a currency from
 * somewhere.
 *
 * The default currency takes effect only in an org whose prices carry none; elsewhere a price without a currency is a
 * mistake to be seen, not to be papered over.
 *
 * @param describes of every mirrored object
 * @param defaultCurrency `SF_DEFAULT_CURRENCY`, or null
 * @throws UmbraError SF_FIELD_MISSING with every problem, or SYNC_CURRENCY_MISSING
 */
export function settledRules(
  describes: readonly ObjectDescribe[],
  fieldMap: FieldMap,
  defaultCurrency: string | null,
): SettledRules {
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
