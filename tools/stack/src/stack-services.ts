import { join } from 'node:path';
import { startChild, stoppedOnFailure, whyEnded, type ChildSpec, type RunningChild } from './child.ts';
import { given } from './environment.ts';
import { StackFailure } from './failure.ts';
import { knock } from './http-ready.ts';
import type { PortName } from './kept-ports.ts';
import { keptPasswords, keptSimulatorLogin } from './local-secrets.ts';
import { loopback } from './ports.ts';
import { pingPostgres, postgresUrls, startPostgres } from './postgres-server.ts';
import { untilReady } from './ready.ts';
import { pingRedis, redisUrl, startRedis } from './redis-server.ts';
import { findRedis } from './redis-source.ts';
import { keepScale } from './simulated-org.ts';
import { nodeProgram, type StackContext } from './stack-context.ts';

/** One line for the person, and the variables that lead the apps there. */
export interface ServicePart {
  readonly line: string;
  readonly variables: Readonly<Record<string, string>>;
}

type Born = NonNullable<ChildSpec['born']>;
type Ports = Readonly<Record<string, number>> & { readonly main: number };

export async function bringPostgres(context: StackContext): Promise<ServicePart> {
  const own = given(context.environment, 'DATABASE_URL');
  if (own !== undefined) return reached('DATABASE_URL', 'PostgreSQL', own, pingPostgres);
  const passwords = keptPasswords(context.paths.data);
  const urls = (port: number) =>
    postgresUrls({ port, adminPassword: passwords.admin, appPassword: passwords.app });
  const { main: port } = await bringEmbedded(context, 'postgres', {
    stopSignal: 'SIGINT',
    ping: ({ main }) => pingPostgres(urls(main).databaseUrl),
    start: ({ main }, logFile, born) =>
      startPostgres({
        folder: context.paths.data,
        port: main,
        adminPassword: passwords.admin,
        appPassword: passwords.app,
        purpose: 'stack',
        logFile,
        born,
      }),
  });
  return { line: `PostgreSQL   ${loopback}:${port}`, variables: { DATABASE_URL: urls(port).databaseUrl } };
}

export async function bringRedis(context: StackContext): Promise<ServicePart> {
  const own = given(context.environment, 'REDIS_URL');
  if (own !== undefined) return reached('REDIS_URL', 'Redis', own, pingRedis);
  const { redis: password } = keptPasswords(context.paths.data);
  const { main: port } = await bringEmbedded(context, 'redis', {
    ping: ({ main }) => pingRedis(redisUrl({ port: main, password })),
    start: async ({ main }, logFile, born) => {
      const program = await findRedis({
        install: context.paths.redisInstall,
        path: context.environment['PATH'] ?? '',
        say: context.say,
      });
      const { data: folder } = context.paths;
      return startRedis({ program, folder, port: main, password, purpose: 'stack', logFile, born });
    },
  });
  return { line: `Redis        ${loopback}:${port}`, variables: { REDIS_URL: redisUrl({ port, password }) } };
}

/** A local org, unless the environment names a real one; then its credentials come from there as well. */
export async function bringSalesforce(context: StackContext): Promise<ServicePart> {
  const own = given(context.environment, 'SF_LOGIN_URL');
  if (own !== undefined) return { line: `Salesforce   ${own}`, variables: {} };
  const { paths, scale } = context;
  const login = keptSimulatorLogin(paths.data);
  const control = (ports: Ports) => `http://${loopback}:${ports['control']}`;
  const ports = await bringEmbedded(context, 'simulator', {
    morePorts: async () => ({
      control: await context.ports.choose('simulator-control'),
      pubsub: await context.ports.choose('simulator-pubsub'),
    }),
    ping: async (at) => {
      // One that an older release left running publishes nothing.
      if (at['pubsub'] === undefined) throw new StackFailure('The simulator has no Pub/Sub port.');
      await knock(`${control(at)}/health`);
    },
    start: (at, logFile, born) => startSimulator(context, at, { logFile, born }),
  });
  keepScale(paths.data, scale);
  const url = `http://${loopback}:${ports.main}`;
  return {
    line: `Salesforce   ${url} (simulated, ${scale}; control ${control(ports)})`,
    variables: {
      SF_LOGIN_URL: url,
      SF_CLIENT_ID: login.clientId,
      SF_USERNAME: login.username,
      SF_PRIVATE_KEY_FILE: login.privateKeyFile,
      SF_JWT_AUDIENCE: 'https://login.salesforce.com',
      SF_PUBSUB_ENDPOINT: `${loopback}:${ports['pubsub']}`,
      SF_PUBSUB_INSECURE: 'true',
    },
  };
}

async function startSimulator(
  context: StackContext,
  ports: Ports,
  place: { logFile: string; born: Born },
): Promise<RunningChild> {
  const login = keptSimulatorLogin(context.paths.data);
  const flags = {
    port: String(ports.main),
    'control-port': String(ports['control']),
    'pubsub-port': String(ports['pubsub']),
    scale: context.scale,
    'data-dir': join(context.paths.data, 'simulator'),
    'jwt-public-key': login.publicKeyFile,
    'client-id': login.clientId,
    username: login.username,
  };
  const program = nodeProgram(
    // The simulated org has no business with the person's environment, least of all with real credentials in it.
    { paths: context.paths, environment: { PATH: context.environment['PATH'] } },
    'simulator',
    'dist/simulator/main.js',
    Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
  );
  const child = await startChild({ ...program, ...place });
  return stoppedOnFailure(child, async () => {
    await untilReady('The simulator', () => knock(`http://${loopback}:${ports['control']}/health`), {
      withinMs: 120_000,
      failed: () => whyEnded(child),
    });
    return child;
  });
}

interface EmbeddedService {
  readonly stopSignal?: NodeJS.Signals;
  /** Ports beside the main one, chosen when the part is started. */
  readonly morePorts?: () => Promise<Readonly<Record<string, number>>>;
  ping(ports: Ports): Promise<void>;
  start(ports: Ports, logFile: string, born: Born): Promise<RunningChild>;
}

/** Takes over what still runs from an earlier start, when it answers; starts it otherwise. */
async function bringEmbedded(
  context: StackContext,
  name: PortName,
  service: EmbeddedService,
): Promise<Ports> {
  const { supervisor, say } = context;
  const adopted = supervisor.adopt(name);
  if (adopted !== undefined) {
    const ports = { main: 0, ...adopted.ports };
    if (await answers(() => service.ping(ports))) {
      say(`${name} still runs on port ${ports.main}`);
      context.ports.note(name, ports.main);
      context.follow(name, adopted.child.logFile);
      return ports;
    }
    await supervisor.stop(name);
  }
  say(`starting ${name}`);
  const ports = { main: await context.ports.choose(name), ...(await service.morePorts?.()) };
  const { stopSignal } = service;
  const child = await supervisor.start(
    { name, ports, ...(stopSignal === undefined ? {} : { stopSignal }) },
    ({ logFile, born }) => service.start(ports, logFile, born),
  );
  context.follow(name, child.logFile);
  return ports;
}

async function answers(ping: () => Promise<void>): Promise<boolean> {
  try {
    await ping();
    return true;
  } catch {
    return false;
  }
}

/** The address is shown without user and password. */
async function reached(
  variable: string,
  what: string,
  url: string,
  ping: (url: string) => Promise<void>,
): Promise<ServicePart> {
  const shown = URL.canParse(url) ? new URL(url).host : 'an address that is no URL';
  try {
    await ping(url);
  } catch (error) {
    const reason = error instanceof Error ? error.message || error.name : String(error);
    throw new StackFailure(
      `${variable} names ${shown}, where no ${what} answers: ${reason}`,
      undefined,
      error,
    );
  }
  return { line: `${what.padEnd(13)}${shown} (${variable})`, variables: {} };
}
