import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './child.ts';

export type Edit =
  | { op: 'create'; object: string; fields: Record<string, unknown> }
  | { op: 'update'; object: string; id: string; fields: Record<string, unknown> }
  | { op: 'delete' | 'undelete' | 'hardDelete'; id: string };

export interface TransactionAnswer {
  readonly results: readonly { id: string | null; success: boolean; errors: readonly unknown[] }[];
}

/** The simulated org as a process, and a hand on it. */
export interface SimulatedOrg {
  readonly child: Child;
  readonly url: string;
  readonly controlUrl: string;
  /** Environment that lets the product sign in to it. */
  readonly env: Readonly<Record<string, string>>;
  transact(edits: readonly Edit[]): Promise<TransactionAnswer>;
  knobs(patch: Record<string, unknown>): Promise<void>;
  fault(rule: Record<string, unknown>): Promise<void>;
  clearFaults(): Promise<void>;
  control<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** The oracle: every record as it is, the binned ones too, one per line. */
  truth(object: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** New in each run, so that it can be looked for where it must not be. */
const secret = randomBytes(18).toString('base64url');

export async function startSimulator(args: readonly string[] = []): Promise<SimulatedOrg> {
  const folder = mkdtempSync(join(tmpdir(), 'umbra-org-'));
  const ports = ['--port', '0', '--control-port', '0', '--pubsub-port', '0'];
  const fixed = [...ports, '--client-id', 'e2e', '--client-secret', secret];
  const child = new Child(
    'simulator',
    ['dist/simulator/main.js', ...fixed, '--data-dir', folder, ...args],
    {},
  );
  const [line] = await child.printed(/^\{.*"simulator ready".*\}$/m);
  const { url, controlUrl, pubsubEndpoint } = JSON.parse(line) as Record<
    'url' | 'controlUrl' | 'pubsubEndpoint',
    string
  >;

  async function control<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${controlUrl}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  return {
    child,
    url,
    controlUrl,
    env: {
      SF_LOGIN_URL: url,
      SF_CLIENT_ID: 'e2e',
      SF_CLIENT_SECRET: secret,
      SF_PUBSUB_ENDPOINT: pubsubEndpoint,
      SF_PUBSUB_INSECURE: 'true',
    },
    transact: (edits) => control('POST', '/transactions', { edits, client: 'shop' }),
    knobs: (patch) => control('PATCH', '/knobs', patch),
    fault: (rule) => control('POST', '/faults', rule),
    clearFaults: () => control('DELETE', '/faults'),
    control,
    async truth(object) {
      const answer = await fetch(`${controlUrl}/truth/${object}?all=true`);
      const lines = (await answer.text()).split('\n').filter((each) => each !== '');
      return lines.map((each) => JSON.parse(each) as Record<string, unknown>);
    },
    async close() {
      await child.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
