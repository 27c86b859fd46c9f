import { CronExpressionParser } from 'cron-parser';
import { z } from 'zod';
import { onOff } from './texts.ts';
import { section, withDefault } from './variable.ts';

/** Five fields; a sixth for seconds would start a chain of hours every few seconds by a slip of the hand. */
const cron: z.ZodType<string, string> = z.string().refine((text) => {
  if (text.trim().split(/\s+/).length !== 5) return false;
  try {
    CronExpressionParser.parse(text, { tz: 'UTC' });
    return true;
  } catch {
    return false;
  }
}, 'needs five fields of a cron expression, in UTC, like 0 2 * * *');

/** When the mirror is compared with Salesforce. */
export const nightlySection = section('Nightly chain', {
  enabled: withDefault('true', {
    name: 'ENABLE_SF_NIGHTLY_DELTA',
    meaning:
      'false: no nightly chain (delta, comparison, clean-up, retention). What a stream loses in silence is then found by the weekly comparison only.',
    schema: onOff,
  }),
  deltaCron: withDefault('0 2 * * *', {
    name: 'SF_DELTA_CRON',
    meaning: 'When the nightly chain begins, as a cron expression in UTC.',
    schema: cron,
  }),
  reconcileCron: withDefault('0 3 * * 0', {
    name: 'SF_RECONCILE_CRON',
    meaning: 'When every row is compared with Salesforce, as a cron expression in UTC.',
    schema: cron,
  }),
});
