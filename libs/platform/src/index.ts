export { Secret } from './env/secret.ts';
export { readSecretFile } from './env/secret-file.ts';
export { isLoopbackHost } from './env/texts.ts';
export { loadEnv, processEnvironment, type Env, type EnvSource, type LoadedEnv } from './env.ts';
export { authModeProblems, authSection } from './env/auth-section.ts';
export {
  bffSection,
  catalogueSection,
  databaseSection,
  logSection,
  redisSection,
  workerSection,
} from './env/service-sections.ts';
export { salesforceSection, type SalesforceSettings } from './env/salesforce-section.ts';
export { streamSection, type StreamSettings } from './env/stream-section.ts';
export { readsSection } from './env/reads-section.ts';
export { renderEnvExample, renderEnvMarkdown } from './env/env-docs.ts';
export { loadFieldMap } from './field-map-file.ts';
export { systemClock } from './clock.ts';
export { printable } from './logger/escape.ts';
export { LineBuffer } from './logger/line-buffer.ts';
export { createLogger, type LogLevel, type LogOptions, type Pino } from './logger/logger.ts';
export { metricDefinitions } from './metrics/definitions.ts';
export { PrometheusMeter } from './metrics/meter.ts';
export { FleetHealth, startFleetHealth } from './health/fleet-health.ts';
export { QueueHealthReporter, queueHealthSchema } from './health/queue-health.ts';
export { Readiness, type PartState, type ReadinessReport } from './health/readiness.ts';
export { StartChecks, type StartCheck } from './health/start-checks.ts';
export { exitCodeOf, exitCodes, type ExitCode } from './lifecycle/exit-codes.ts';
export { failureText } from './lifecycle/failure-text.ts';
export { createShutdown, stopOnSignals, type Shutdown } from './lifecycle/shutdown.ts';
export {
  generateApiKey,
  hashApiKey,
  isScope,
  labelPattern,
  scopes,
  type ApiKey,
  type Scope,
} from './http/api-keys.ts';
export { ApiKeyFile, appendApiKey, keysOrNone } from './http/api-key-file.ts';
export { Access } from './http/access.ts';
export type { Caller, Callers } from './http/callers.ts';
export { openCallers } from './http/open-callers.ts';
export { pagePolicy } from './http/response-headers.ts';
export { jsonExceeds } from './json/json-exceeds.ts';
export { isLoopbackAddress, isPublicAddress } from './net/address-rules.ts';
export { checkedLookup } from './net/checked-lookup.ts';
export { securityEvent, securityEvents } from './security/security-event.ts';
export { problemOf, type Problem } from './http/problem.ts';
export { createHttpApp } from './http/create-http-app.ts';
export type { AnsweredRequest, HeldAnswer, HeldAnswers, HeldRequest } from './http/held-answers.ts';
export type { HttpApp, HttpAppOptions } from './nest/http-app.ts';
export { endWithReader, runCommandLine, type CommandLine } from './lifecycle/command-line.ts';
export { repeat, type Repeated } from './lifecycle/repeat.ts';
export { RequestWatch } from './lifecycle/request-watch.ts';
export { archiveSection } from './env/archive-section.ts';
export { nightlySection } from './env/nightly-section.ts';
export { tracingSection, type TracingSettings } from './env/tracing-section.ts';
export { openTracer } from './tracing/open-tracer.ts';
export { traced } from './tracing/traced.ts';
