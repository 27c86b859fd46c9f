/**
 * Brings the whole stack up, part by part: services, a Salesforce, schema, worker, first backfill, BFF. What the
 * person's environment names is used instead of starting our own; nothing else changes with it.
 */
import { rmSync } from 'node:fs';
import { startChild, stoppedOnFailure, whyEnded } from './child.ts';
import { developmentKey } from './development-key.ts';
import { envFileText, given } from './environment.ts';
import { knock, knockableUrl } from './http-ready.ts';
import { firstBackfill } from './first-backfill.ts';
import { prepareApps } from './prepare.ts';
import { writePrivateFile } from './private-file.ts';
import { untilReady } from './ready.ts';
import { nodeProgram, type StackContext } from './stack-context.ts';
import { bringPostgres, bringRedis, bringSalesforce } from './stack-services.ts';

/**
 * @returns what the person is told at the end
 * @throws StackFailure with the exit code of the part that did not come up
 */
export async function bringUp(context: StackContext): Promise<string> {
  const { environment, paths, say, supervisor } = context;
  const simulated = given(environment, 'SF_LOGIN_URL') === undefined;
  // Both are settled before anything is started: a taken port should cost a second, not a minute.
  const bff = await appAddress(context, 'bff', 'BFF');
  const worker = await appAddress(context, 'worker', 'WORKER');
  await prepareApps(
    paths.root,
    ['bff', 'worker', 'ops', ...(simulated ? (['simulator'] as const) : [])],
    say,
  );
  const parts = [await bringPostgres(context), await bringRedis(context), await bringSalesforce(context)];
  writePrivateFile(
    paths.envFile,
    envFileText({
      ...Object.fromEntries(parts.flatMap(({ variables }) => Object.entries(variables))),
      ...bff.variables,
      ...worker.variables,
      ...(given(environment, 'AUTH_KEYS_FILE') === undefined ? { AUTH_KEYS_FILE: paths.keysFile } : {}),
    }),
  );
  say('migrating the database');
  await supervisor.runToEnd(nodeProgram(context, 'migrate', 'dist/ops/main.js', ['migrate']));
  const key = await developmentKey(context);
  await startApp(context, 'worker', worker.url);
  await firstBackfill(context);
  await startApp(context, 'bff', bff.url);
  return summary({
    bff: bff.url,
    worker: worker.url,
    lines: parts.map(({ line }) => line),
    key,
    logs: paths.logs,
  });
}

/** The addresses of services that no longer run would only mislead the apps. */
export function forgetAddresses(envFile: string): void {
  rmSync(envFile, { force: true });
}

async function appAddress(context: StackContext, name: 'bff' | 'worker', prefix: 'BFF' | 'WORKER') {
  const { environment, ports, supervisor } = context;
  // An app of a killed supervisor may be older than its sources, and it still holds the port.
  await supervisor.stop(name);
  const variable = `${prefix}_PORT`;
  const set = given(environment, variable);
  const port = await ports.choose(name, { variable, set });
  return {
    url: knockableUrl(given(environment, `${prefix}_HOST`), port),
    variables: set === undefined ? { [variable]: String(port) } : {},
  };
}

async function startApp(context: StackContext, name: 'bff' | 'worker', url: string): Promise<void> {
  context.say(`starting ${name}`);
  const child = await context.supervisor.start({ name }, async (place) => {
    const started = await startChild({ ...nodeProgram(context, name, `dist/${name}/main.js`), ...place });
    context.follow(name, place.logFile);
    return stoppedOnFailure(started, async () => {
      await untilReady(`The ${name}`, () => knock(`${url}/health/ready`), {
        withinMs: 120_000,
        failed: () => whyEnded(started),
      });
      return started;
    });
  });
  context.say(`${child.name} is ready`);
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
