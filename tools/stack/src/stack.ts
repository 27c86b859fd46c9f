/**
 * Brings the whole stack up, part by part: services, a Salesforce, schema, worker, first backfill, BFF. What the
 * person's environment names is used instead of starting our own; nothing else changes with it.
 */
import { rmSync } from 'node:fs';
import { startChild, stoppedOnFailure, whyEnded, type RunningChild } from './child.ts';
import { developmentKey } from './development-key.ts';
import { envFileText, given } from './environment.ts';
import { StackFailure } from './failure.ts';
import { knock, knockableUrl } from './http-ready.ts';
import { firstBackfill } from './first-backfill.ts';
import { awaitOpenStreams } from './open-streams.ts';
import { prepareApps } from './prepare.ts';
import { writePrivateFile } from './private-file.ts';
import { untilReady } from './ready.ts';
import { nodeProgram, type StackContext } from './stack-context.ts';
import { bringPostgres, bringRedis, bringSalesforce } from './stack-services.ts';

const appNames = ['bff', 'worker'] as const;
type AppPart = (typeof appNames)[number];

/** A subscription takes a second; an org that refuses it (no change data capture) is not to stop the start. */
const STREAMS_WITHIN_MS = 60_000;

/**
 * @returns what the person is told at the end
 * @throws StackFailure with the exit code of the part that did not come up
 */
export async function bringUp(context: StackContext): Promise<string> {
  const { environment, paths, say, supervisor } = context;
  const simulated = given(environment, 'SF_LOGIN_URL') === undefined;
  // Looked at before anything is started: a taken port should cost a second, not a minute.
  for (const name of appNames) await appAddress(context, name);
  await prepareApps(paths.root, [...appNames, 'ops', ...(simulated ? (['simulator'] as const) : [])], say);
  const parts = [await bringPostgres(context), await bringRedis(context), await bringSalesforce(context)];
  const variables = Object.fromEntries(parts.flatMap((part) => Object.entries(part.variables)));
  if (given(environment, 'AUTH_KEYS_FILE') === undefined) variables['AUTH_KEYS_FILE'] = paths.keysFile;
  /** Settles the port as late as can be, and lets the app read it. */
  const open = async (name: AppPart) => {
    const address = await appAddress(context, name);
    writePrivateFile(paths.envFile, envFileText(Object.assign(variables, address.variables)));
    return address.url;
  };
  for (const name of appNames) await open(name);
  say('migrating the database');
  await supervisor.runToEnd(nodeProgram(context, 'migrate', 'dist/ops/main.js', ['migrate']));
  const key = await developmentKey(context);
  const worker = await open('worker');
  await openStreams(context, await startApp(context, 'worker', worker), worker);
  await firstBackfill(context);
  const bff = await open('bff');
  await startApp(context, 'bff', bff);
  return summary({ bff, worker, lines: parts.map(({ line }) => line), key, logs: paths.logs });
}

/** The addresses of services that no longer run would only mislead the apps. */
export function forgetAddresses(envFile: string): void {
  rmSync(envFile, { force: true });
}

async function appAddress(context: StackContext, name: AppPart) {
  const { environment, ports, supervisor } = context;
  // An app of a killed supervisor may be older than its sources, and it still holds the port.
  await supervisor.stop(name);
  const [variable, host] = name === 'bff' ? ['BFF_PORT', 'BFF_HOST'] : ['WORKER_PORT', 'WORKER_HOST'];
  const set = given(environment, variable);
  const port = await ports.choose(name, { variable, set });
  return {
    url: knockableUrl(given(environment, host), port),
    variables: set === undefined ? { [variable]: String(port) } : {},
  };
}

/** Streams first, then the backfill: what is changed while that reads is received beside it. */
async function openStreams(context: StackContext, worker: RunningChild, url: string): Promise<void> {
  const outcome = await awaitOpenStreams({
    fetchReadiness: async () =>
      (await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) })).json(),
    withinMs: STREAMS_WITHIN_MS,
    ended: () => whyEnded(worker),
  });
  if (outcome === 'open') context.say('the change streams are open');
  if (outcome === 'late')
    context.say('the change streams are not open yet (see the log of the worker); going on without them');
}

async function startApp(context: StackContext, name: AppPart, url: string): Promise<RunningChild> {
  context.say(`starting ${name}`);
  const child = await context.supervisor.start({ name }, async (place) => {
    const started = await startChild({ ...nodeProgram(context, name, `dist/${name}/main.js`), ...place });
    context.follow(name, place.logFile);
    return stoppedOnFailure(started, async () => {
      await untilReady(`The ${name}`, () => knock(`${url}/health/ready`), {
        withinMs: 120_000,
        failed: () => whyEnded(started),
      });
      // A stranger on the port answers too, while ours has found it taken.
      const ending = whyEnded(started);
      if (ending !== undefined) throw new StackFailure(`The ${name} did not start: ${ending}`);
      return started;
    });
  });
  context.say(`${child.name} is ready`);
  return child;
}

function summary(facts: {
  bff: string;
  worker: string;
  lines: readonly string[];
  key: string;
  logs: string;
}): string {
  return [
    '',
    'Umbra is up.',
    `  BFF          ${facts.bff}/docs`,
    `  Worker       ${facts.worker}/health/ready`,
    ...facts.lines.map((line) => `  ${line}`),
    `  Logs         ${facts.logs}`,
    `  API key      ${facts.key}`,
    '',
    `  curl -H 'Authorization: Bearer <API key>' ${facts.bff}/api/catalog/internet/plans`,
    '',
  ].join('\n');
}
