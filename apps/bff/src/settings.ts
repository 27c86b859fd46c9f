import {
  authModeProblems,
  authSection,
  bffSection,
  catalogueSection,
  databaseSection,
  loadEnv,
  logSection,
  readsSection,
  redisSection,
  salesforceSection,
  tracingSection,
  type Env,
  type EnvSource,
  type LoadedEnv,
} from '@umbra/platform';

const sections = {
  database: databaseSection,
  redis: redisSection,
  salesforce: salesforceSection,
  catalogue: catalogueSection,
  reads: readsSection,
  bff: bffSection,
  auth: authSection,
  log: logSection,
  tracing: tracingSection,
};

export type BffSettings = Env<typeof sections>;

/** @throws UmbraError INPUT_CONFIGURATION with every problem */
export function bffSettings(source?: EnvSource): LoadedEnv<typeof sections> {
  return loadEnv(sections, source, [({ auth, bff }) => authModeProblems(auth.mode, bff.host, 'BFF_HOST')]);
}
