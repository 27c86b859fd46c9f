import { createHash } from 'node:crypto';
import { isUmbraError, type Clock, type FieldMap, type Log } from '@umbra/domain';
import { StartChecks, type Shutdown } from '@umbra/platform';
import type { RedisServices } from '@umbra/redis';
import type { Salesforce } from '@umbra/salesforce';
import { fieldMapVerdict, type FieldMapVerdict } from './field-map-verdict.ts';
import type { BffSettings } from './settings.ts';

interface Surroundings {
  readonly settings: BffSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly shutdown: Shutdown;
}

/**
 * The field map beside the org, apart from the other checks: the BFF is ready before Salesforce has been asked, and
 * without it. A map that does not fit ends the process; whatever else keeps us from comparing says nothing about the map.
 */
export function fieldMapCheck(
  { redis, salesforce }: { readonly redis: RedisServices; readonly salesforce: Salesforce },
  fieldMap: FieldMap,
  { clock, log, settings, shutdown }: Surroundings,
): StartChecks {
  const { defaultCurrency = null } = settings.catalogue;
  const asked = JSON.stringify([settings.salesforce.loginUrl, defaultCurrency, fieldMap]);
  const name = createHash('sha256').update(asked).digest('base64url').slice(0, 27);
  const run = async (): Promise<void> => {
    let verdict: FieldMapVerdict;
    try {
      verdict = await fieldMapVerdict({
        texts: redis.texts,
        name,
        records: salesforce.records,
        fieldMap,
        defaultCurrency,
      });
    } catch (error) {
      if (!isUmbraError(error) || error.retry !== 'never') throw error;
      log.warn({ code: error.code }, 'the field map cannot be compared with the org');
      return;
    }
    for (const reason of verdict.warnings) log.warn({ reason }, 'field map warning');
    if (verdict.unfit !== null) throw verdict.unfit;
  };
  return new StartChecks({ checks: [{ name: 'field map', run }], clock, log, signal: shutdown.signal });
}
