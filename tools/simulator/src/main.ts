import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { startSimulator, type Scale, type Simulator } from './index.ts';
import { keepCredentials } from './wire/credentials-file.ts';
import { importPublicKey } from './wire/oauth/app-credentials.ts';

/** Exit codes of the product: usage, service unreachable or port taken, configuration. */
const EXIT = { usage: 64, unavailable: 69, configuration: 78 } as const;

/** Taken when free; a port that was asked for is never replaced by another. */
const PREFERRED_PORT = 4100;
const PREFERRED_CONTROL_PORT = 4101;
const PREFERRED_PUBSUB_PORT = 4102;

interface Flags {
  readonly scale: Scale;
  readonly seed: number;
  readonly host: string;
  readonly port?: number;
  readonly controlPort?: number;
  readonly pubsubPort?: number;
  readonly jwtPublicKey?: readonly string[];
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly username?: string;
  readonly dataDir: string;
  readonly instanceUrl?: string;
  readonly singleCurrency?: boolean;
}

const integer =
  (max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/u.test(text) || value > max)
      throw new InvalidArgumentError(`It must be a whole number from 0 to ${max}.`);
    return value;
  };

function httpUrl(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/u.test(new URL(text).protocol))
    throw new InvalidArgumentError('It must be an http or https URL.');
  return text.replace(/\/$/u, '');
}

const EXAMPLES = `
Examples:
  simulator                                    the demo catalogue, a key pair and secrets made for you
  simulator --scale 1m --seed 7                a million accounts, the same ones on every run
  simulator --jwt-public-key ./sf.pub.pem --client-id my-app --port 4100

Log in with the client id, username and private key that the ready line and <data-dir>/credentials.json name.
Knobs, faults, transactions and the dump of truth are behind the control URL.
`;

function command(): Command {
  const collect = (file: string, files: readonly string[] = []): string[] => [...files, file];
  return new Command('simulator')
    .description('A Salesforce org on this machine: OAuth, REST, SOQL, Bulk API 2.0 and Pub/Sub API.')
    .addOption(new Option('--scale <scale>', 'how much data').choices(['demo', '100k', '1m']).default('demo'))
    .option('--seed <n>', 'the same seed gives the same org', integer(2 ** 31 - 1), 7)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--port <n>', `port of the org (default: ${PREFERRED_PORT} or any free one)`, integer(65_535))
    .option(
      '--control-port <n>',
      `port of the control API, loopback only (default: ${PREFERRED_CONTROL_PORT} or any free one)`,
      integer(65_535),
    )
    .option(
      '--pubsub-port <n>',
      `port of the Pub/Sub API (default: ${PREFERRED_PUBSUB_PORT} or any free one)`,
      integer(65_535),
    )
    .option(
      '--jwt-public-key <file>',
      'SPKI PEM that verifies JWT bearer assertions; may be given twice',
      collect,
    )
    .option('--client-id <id>', 'consumer key of the one external client app')
    .option(
      '--client-secret <secret>',
      'its secret; better left out, so that one is made and kept in a private file',
    )
    .option('--username <name>', 'the integration user')
    .option('--data-dir <folder>', 'credentials and spilled history', '.umbra/simulator')
    .option('--instance-url <url>', 'instance_url of token answers, if not the listening address', httpUrl)
    .option('--single-currency', 'an org without CurrencyIsoCode')
    .addHelpText('after', EXAMPLES)
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text) })
    .allowExcessArguments(false);
}

class Refusal extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

async function readKey(file: string): Promise<string> {
  try {
    const pem = readFileSync(file, 'utf8');
    await importPublicKey(pem);
    return pem;
  } catch {
    throw new Refusal(
      EXIT.configuration,
      `--jwt-public-key: ${file} cannot be read as an RSA public key (SPKI PEM)`,
    );
  }
}

async function run(flags: Flags): Promise<{ simulator: Simulator; ready: Record<string, unknown> }> {
  const dataDir = resolve(flags.dataDir);
  const keys =
    flags.jwtPublicKey === undefined ? undefined : await Promise.all(flags.jwtPublicKey.map(readKey));
  const { credentials, file } = await keepCredentials(dataDir, {
    clientId: flags.clientId,
    clientSecret: flags.clientSecret,
    username: flags.username,
    needsKeyPair: keys === undefined,
  }).catch((error: unknown) => {
    throw new Refusal(EXIT.configuration, error instanceof Error ? error.message : String(error));
  });
  const { clientId, clientSecret, password, refreshToken, username, publicKey } = credentials;
  const options = {
    scale: flags.scale,
    seed: flags.seed,
    host: flags.host,
    dataDir,
    jwtPublicKeys: keys ?? (publicKey === undefined ? [] : [publicKey]),
    clientId,
    clientSecret,
    password,
    refreshToken,
    ...(username === undefined ? {} : { username }),
    ...(flags.instanceUrl === undefined ? {} : { instanceUrl: flags.instanceUrl }),
    ...(flags.singleCurrency === undefined ? {} : { singleCurrency: flags.singleCurrency }),
  };
  const simulator = await startOnFreePorts(flags, (ports) => startSimulator({ ...options, ...ports }));
  const { identity } = simulator.org;
  const ready = {
    msg: 'simulator ready',
    url: simulator.url,
    controlUrl: simulator.controlUrl,
    pubsubEndpoint: simulator.pubsubEndpoint,
    scale: flags.scale,
    seed: flags.seed,
    organizationId: identity.organizationId,
    clientId,
    username: identity.username,
    credentialsFile: file,
    ...(keys === undefined ? { privateKeyFile: credentials.privateKeyFile } : {}),
    pid: process.pid,
  };
  return { simulator, ready };
}

interface Ports {
  readonly port: number;
  readonly controlPort: number;
  readonly pubsubPort: number;
}

/** The preferred ports, any free ones when those are taken; a port that was set and is taken is an error. */
async function startOnFreePorts(
  flags: Flags,
  start: (ports: Ports) => Promise<Simulator>,
): Promise<Simulator> {
  const {
    port = PREFERRED_PORT,
    controlPort = PREFERRED_CONTROL_PORT,
    pubsubPort = PREFERRED_PUBSUB_PORT,
  } = flags;
  try {
    return await start({ port, controlPort, pubsubPort });
  } catch (error) {
    if (!isPortTaken(error)) throw error;
  }
  try {
    return await start({
      port: flags.port ?? 0,
      controlPort: flags.controlPort ?? 0,
      pubsubPort: flags.pubsubPort ?? 0,
    });
  } catch (error) {
    if (!isPortTaken(error)) throw error;
    const set = [flags.port, flags.controlPort, flags.pubsubPort]
      .filter((one) => one !== undefined)
      .join(' or ');
    throw new Refusal(
      EXIT.unavailable,
      `port ${set} is taken: choose another with --port, --control-port or --pubsub-port`,
    );
  }
}

const isPortTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES');

async function main(): Promise<void> {
  const program = command();
  program.parse();
  const { simulator, ready } = await run(program.opts<Flags>());
  let isStopping = false;
  const stop = (): void => {
    if (isStopping) return;
    isStopping = true;
    void simulator.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  // last, as whoever reads this line may send a signal at once
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

main().catch((error: unknown) => {
  // commander has printed its own message; help and version are no failure
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : EXIT.usage);
  process.stderr.write(`simulator: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(error instanceof Refusal ? error.exitCode : 1);
});
