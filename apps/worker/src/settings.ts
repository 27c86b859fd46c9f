import {
  archiveSection,
  authModeProblems,
  authSection,
  catalogueSection,
  databaseSection,
  loadEnv,
  logSection,
  nightlySection,
  redisSection,
  salesforceSection,
  streamSection,
  tracingSection,
  workerSection,
  type Env,
  type EnvSource,
  type LoadedEnv,
} from '@umbra/platform';

const sections = {
  database: databaseSection,
  redis: redisSection,
  salesforce: salesforceSection,
  stream: streamSection,
  archive: archiveSection,
  nightly: nightlySection,
  catalogue: catalogueSection,
  worker: workerSection,
  auth: authSection,
  log: logSection,
  tracing: tracingSection,
};

export type WorkerSettings = Env<typeof sections>;

/** @throws UmbraError INPUT_CONFIGURATION with every problem */
export function workerSettings(source?: EnvSource): LoadedEnv<typeof sections> {
  return loadEnv(sections, source, [
    ({ auth, worker }) => authModeProblems(auth.mode, worker.host, 'WORKER_HOST'),
  ]);
}
