import { readFileSync } from 'node:fs';
import {
  canonicalLeaf,
  leafSchemaOf,
  mirroredObjectNames,
  mirroredObjects,
  type Clock,
  type LeafValue,
} from '@umbra/domain';
import { Secret, systemClock, type SalesforceSettings } from '@umbra/platform';
import { openSalesforce, type Salesforce } from '@umbra/salesforce';
import type { Store } from '@umbra/store';
import { RecordingLog, RecordingMeter, startSimulatedOrg, type SimulatedOrg } from '@umbra/testing';

/** A simulated org with the adapter that reads it, and the truth to compare with. */
export interface OrgUnderTest {
  readonly salesforce: Salesforce;
  /** Environment that leads a worker to it. */
  readonly env: SimulatedOrg['env'];
  readonly control: <T>(method: string, path: string, body?: unknown) => Promise<T>;
  /** What is wrong in the shadow: existence, and every leaf of the living, or those that change events carry. */
  readonly differences: (
    store: Store,
    which?: 'every leaf' | 'event leaves',
  ) => Promise<readonly { readonly recordId: string; readonly what: string }[]>;
  readonly close: () => Promise<void>;
}

export function openOrg(...flags: readonly string[]): Promise<OrgUnderTest> {
  return openOrgAt(systemClock, ...flags);
}

/** The same for a client whose time is not that of the machine. */
export async function openOrgAt(clock: Clock, ...flags: readonly string[]): Promise<OrgUnderTest> {
  const org = await startSimulatedOrg(...flags);
  const settings: SalesforceSettings = {
    loginUrl: org.url,
    clientId: org.env['SF_CLIENT_ID'] ?? '',
    username: org.env['SF_USERNAME'],
    privateKey: new Secret(readFileSync(org.env['SF_PRIVATE_KEY_FILE'] ?? '', 'utf8')),
    privateKeyFile: undefined,
    jwtAudience: undefined,
    clientSecret: undefined,
    apiVersion: '62.0',
    instanceHosts: ['.salesforce.com'],
    apiDailySharePercent: 80,
    apiLongCalls: 5,
  };
  const ports = { clock, log: new RecordingLog(), meter: new RecordingMeter() };
  const salesforce = openSalesforce(settings, ports);
  const ask = async (method: string, path: string, body?: unknown): Promise<string> => {
    const json = { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const answer = await fetch(`${org.controlUrl}${path}`, { method, ...(body === undefined ? {} : json) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${String(answer.status)} ${text}`);
    return text;
  };
  return {
    salesforce,
    env: org.env,
    async control<T>(method: string, path: string, body?: unknown) {
      const text = await ask(method, path, body);
      return (text === '' ? undefined : JSON.parse(text)) as T;
    },
    async differences(store, which = 'every leaf') {
      const found: { recordId: string; what: string }[] = [];
      for (const object of mirroredObjectNames) {
        const { leaves, stored: carried } = leafSchemaOf(
          mirroredObjects[object],
          await salesforce.records.describe(object),
        );
        const lines = (await ask('GET', `/truth/${object}?all=true`))
          .split('\n')
          .filter((line) => line !== '');
        const truth = new Map(
          lines.map((line) => {
            const row = JSON.parse(line) as Record<string, LeafValue>;
            return [String(row['Id']), row] as const;
          }),
        );
        const ids = new Set([...truth.keys(), ...(await store.shadow.recordIdsAfter(object, '', 100_000))]);
        const known = await store.shadow.peek(object, [...ids]);
        for (const recordId of ids) {
          const [row, stored] = [truth.get(recordId), known.get(recordId)];
          const alive = row !== undefined && row['IsDeleted'] !== true;
          if (alive !== (stored?.state.alive ?? false)) found.push({ recordId, what: 'existence' });
          if (!alive || stored?.state.alive !== true) continue;
          for (const { name, type } of leaves)
            if (
              (which === 'every leaf' || carried.includes(name)) &&
              canonicalLeaf(type, row[name]) !== (stored.state.leaves[name] ?? null)
            )
              found.push({ recordId, what: name });
        }
      }
      return found;
    },
    async close() {
      await salesforce.close();
      await org.close();
    },
  };
}
