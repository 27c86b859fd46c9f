import { readFileSync } from 'node:fs';
import { Secret, type SalesforceSettings } from '@umbra/platform';
import { startSimulatedOrg, type SimulatedOrg } from '@umbra/testing';
import { testSettings } from './open-for-test.ts';

export type TruthRow = Readonly<Record<string, string | number | boolean | null>>;

/** The simulator as its own process: this library shares no code with it. */
export class SimulatorProcess {
  readonly #org: SimulatedOrg;

  private constructor(org: SimulatedOrg) {
    this.#org = org;
  }

  static async start(...flags: readonly string[]): Promise<SimulatorProcess> {
    return new SimulatorProcess(await startSimulatedOrg('--seed', '7', ...flags));
  }

  get ready(): SimulatedOrg['ready'] {
    return this.#org.ready;
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
    return new Secret(this.#org.clientSecret);
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

  close(): Promise<void> {
    return this.#org.close();
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
