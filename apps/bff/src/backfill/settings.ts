import {
  catalogueSection,
  databaseSection,
  loadEnv,
  logSection,
  redisSection,
  salesforceSection,
  type Env,
  type EnvSource,
} from '@umbra/platform';

const sections = {
  database: databaseSection,
  redis: redisSection,
  salesforce: salesforceSection,
  catalogue: catalogueSection,
  log: logSection,
};

export type BackfillSettings = Env<typeof sections> & {
  /** The person at the terminal asked for log lines; by default only warnings stand between the progress lines. */
  readonly logGiven: boolean;
};

/** @throws UmbraError INPUT_CONFIGURATION with every problem */
export function backfillSettings(source?: EnvSource): BackfillSettings {
  const { env, given } = loadEnv(sections, source);
  return { ...env, logGiven: given.has('LOG_LEVEL') };
}
