import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Secret, type SalesforceSettings } from '@umbra/platform';
import { testSettings } from './open-for-test.ts';

const program = resolve(import.meta.dirname, '../../../tools/simulator/src/main.ts');

interface ReadyLine {
  readonly url: string;
  readonly controlUrl: string;
  /** `host:port` */
  readonly pubsubEndpoint: string;
  readonly clientId: string;
  readonly username: string;
  readonly organizationId: string;
  readonly credentialsFile: string;
  readonly privateKeyFile: string;
}

export type TruthRow = Readonly<Record<string, string | number | boolean | null>>;

/** The simulator as its own process: this library shares no code with it. */
export class SimulatorProcess {
  readonly ready: ReadyLine;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string, ready: ReadyLine) {
    this.#child = child;
    this.#folder = folder;
    this.ready = ready;
  }

  static async start(...flags: readonly string[]): Promise<SimulatorProcess> {
    const folder = mkdtempSync(join(tmpdir(), 'umbra-simulator-'));
    const child = spawn(
      process.execPath,
      [
        program,
        '--port',
        '0',
        '--control-port',
        '0',
        '--pubsub-port',
        '0',
        '--data-dir',
        folder,
        '--seed',
        '7',
        ...flags,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    const failed = once(child, 'exit').then(([code]) => {
      throw new Error(`the simulator ended with ${String(code)}`);
    });
    const [line] = (await Promise.race([once(lines, 'line'), failed])) as [string];
    failed.catch(() => undefined);
    return new SimulatorProcess(child, folder, JSON.parse(line) as ReadyLine);
  }

  /** Settings of a client that signs in by JWT bearer. */
  settings(changes: Partial<SalesforceSettings> = {}): SalesforceSettings {
    const { url, clientId, username, privateKeyFile } = this.ready;
    return testSettings(url, {
      clientId,
      username,
      privateKey: new Secret(readFileSync(privateKeyFile, 'utf8')),
      ...changes,
    });
  }

  clientSecret(): Secret {
    const { clientSecret } = JSON.parse(readFileSync(this.ready.credentialsFile, 'utf8')) as {
      clientSecret: string;
    };
    return new Secret(clientSecret);
  }

  async control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(this.ready.controlUrl + path, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : path.startsWith('/truth') ? ndjson(text) : JSON.parse(text)) as T;
  }

  truth(object: string, all = false): Promise<TruthRow[]> {
    return this.control('GET', `/truth/${object}${all ? '?all=true' : ''}`);
  }

  knobs(changes: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.control('PATCH', '/knobs', changes);
  }

  fault(rule: Readonly<Record<string, unknown>>): Promise<unknown> {
    return this.control('POST', '/faults', rule);
  }

  counters(): Promise<Counters> {
    return this.control('GET', '/counters');
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await ended;
    rmSync(this.#folder, { recursive: true });
  }
}

export interface Counters {
  readonly calls: readonly { readonly route: string; readonly calls: number }[];
  readonly withoutClient: number;
  readonly limitErrors: number;
}

export function callsTo(counters: Counters, route: string): number {
  return counters.calls.filter((one) => one.route === route).reduce((sum, { calls }) => sum + calls, 0);
}

function ndjson(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
