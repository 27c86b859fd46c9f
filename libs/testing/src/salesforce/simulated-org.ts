import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A simulated Salesforce org as a process of its own, as the product meets one. */
export interface SimulatedOrg {
  readonly url: string;
  readonly controlUrl: string;
  /** What it said when it was ready. */
  readonly ready: ReadyLine;
  /** Environment that leads to it by JWT bearer. */
  readonly env: Readonly<Record<string, string>>;
  /** Its client secret, for the client-credentials flow. */
  readonly clientSecret: string;
  close(): Promise<void>;
}

export interface ReadyLine {
  readonly url: string;
  readonly controlUrl: string;
  /** `host:port` */
  readonly pubsubEndpoint: string;
  readonly clientId: string;
  readonly username: string;
  readonly privateKeyFile: string;
  readonly credentialsFile: string;
  readonly organizationId: string;
}

const program = join(import.meta.dirname, '../../../../tools/simulator/src/main.ts');

export async function startSimulatedOrg(...flags: readonly string[]): Promise<SimulatedOrg> {
  const folder = mkdtempSync(join(tmpdir(), 'umbra-org-'));
  const words = [
    program,
    '--port',
    '0',
    '--control-port',
    '0',
    '--pubsub-port',
    '0',
    '--data-dir',
    folder,
    ...flags,
  ];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const lines = createInterface({ input: child.stdout });
  const ready = await Promise.race([
    once(lines, 'line').then(([line]) => JSON.parse(String(line)) as ReadyLine),
    once(child, 'exit').then(() => {
      throw new Error(`the simulator ended instead of answering: ${complaints}`);
    }),
  ]);
  lines.resume();
  const { clientSecret } = JSON.parse(readFileSync(ready.credentialsFile, 'utf8')) as {
    clientSecret: string;
  };
  return {
    url: ready.url,
    controlUrl: ready.controlUrl,
    ready,
    clientSecret,
    env: {
      SF_LOGIN_URL: ready.url,
      SF_CLIENT_ID: ready.clientId,
      SF_USERNAME: ready.username,
      SF_PRIVATE_KEY_FILE: ready.privateKeyFile,
      SF_PUBSUB_ENDPOINT: ready.pubsubEndpoint,
      SF_PUBSUB_INSECURE: 'true',
    },
    async close() {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
