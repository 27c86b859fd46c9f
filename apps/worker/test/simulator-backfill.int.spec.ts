import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  canonicalLeaf,
  leafSchemaOf,
  mirroredObjects,
  type LeafValue,
  type MirroredObjectName,
} from '@umbra/domain';
import { Secret, systemClock, type SalesforceSettings } from '@umbra/platform';
import { openSalesforce, type Salesforce } from '@umbra/salesforce';
import { driftOf, refreshRecords, runBackfill, settleRules, type BackfillDeps } from '@umbra/sync';
import {
  RecordingLog,
  RecordingMeter,
  smallOrgFieldMap,
  startSimulatedOrg,
  type SimulatedOrg,
} from '@umbra/testing';
import { tuning, withMirror, type MirrorUnderTest } from './with-mirror.ts';

const objects = ['Product2', 'PricebookEntry', 'Account'] as const;

let org: SimulatedOrg;
let salesforce: Salesforce;

beforeAll(async () => {
  org = await startSimulatedOrg('--scale', 'demo', '--seed', '7');
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
  salesforce = openSalesforce(settings, {
    clock: systemClock,
    log: new RecordingLog(),
    meter: new RecordingMeter(),
  });
});

afterEach(async () => {
  await control('DELETE', '/faults');
  const knobs = { locatorTwice: false, maxResultRows: 0, wrongCount: 0, shortPage: 0 };
  await control('PATCH', '/knobs', knobs);
});

afterAll(async () => {
  await salesforce.close();
  await org.close();
});

function deps({ deps: make }: MirrorUnderTest): BackfillDeps {
  const { bulk, records } = salesforce;
  return { ...make(), bulk, records, tuning: { ...tuning, pageRows: 70, pageAttempts: 10 } };
}

async function control(method: string, path: string, body?: unknown): Promise<string> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const answer = await fetch(`${org.controlUrl}${path}`, { method, ...init });
  if (!answer.ok) throw new Error(`${method} ${path}: ${String(answer.status)} ${await answer.text()}`);
  return answer.text();
}

/** Every record of the org, as it is: values in canonical form, without those that have none. */
async function truth(object: MirroredObjectName): Promise<Map<string, Record<string, LeafValue>>> {
  const { leaves } = leafSchemaOf(mirroredObjects[object], await salesforce.records.describe(object));
  const found = new Map<string, Record<string, LeafValue>>();
  for (const line of (await control('GET', `/truth/${object}?all=true`))
    .split('\n')
    .filter((text) => text !== '')) {
    const row = JSON.parse(line) as Record<string, LeafValue>;
    const entries = leaves
      .map(({ name, type }): [string, LeafValue] => [name, canonicalLeaf(type, row[name])])
      .filter(([, value]) => value !== null);
    found.set(String(row['Id']), Object.fromEntries(entries));
  }
  return found;
}

/** Every record and every leaf of the shadow against the org. */
async function expectTruth({ store }: MirrorUnderTest): Promise<void> {
  for (const object of objects) {
    const records = await truth(object);
    const ids = await store.shadow.recordIdsAfter(object, '', 100_000);
    expect(ids).toEqual([...records.keys()].sort());
    const known = await store.shadow.peek(object, ids);
    for (const [id, leaves] of records) {
      const state = known.get(id)?.state;
      expect(state?.alive).toBe(leaves['IsDeleted'] !== true);
      if (state?.alive === true) expect(state.leaves).toEqual(leaves);
    }
  }
}

describe('a backfill from the simulated org', () => {
  it('makes every record and every field equal to the org, again after edits, and by id', () =>
    withMirror(async (under) => {
      const { rules } = await settleRules(salesforce.records, smallOrgFieldMap, null);
      expect(rules.defaultCurrency).toBeNull();
      const report = await runBackfill(deps(under), { objects, verify: under.store.comparison });
      expect(report.outcome).toBe('complete');
      expect(driftOf(report.verification ?? [])).toBe(0);
      await expectTruth(under);

      const [account, gone] = [...(await truth('Account'))].filter(([, row]) => row['IsDeleted'] === false);
      if (account === undefined || gone === undefined) throw new Error('the demo org has no accounts');
      const edits = [
        {
          op: 'update',
          object: 'Account',
          id: account[0],
          fields: { Name: 'Zoë "Z" Ω\n', NumberOfEmployees: null },
        },
        { op: 'delete', id: gone[0] },
      ];
      await control('POST', '/transactions', { edits });
      await refreshRecords(under.mirror, salesforce.records, 'Account', [account[0], gone[0]]);
      await expectTruth(under);
    }));

  it('comes through cut pages, clean and unclean, and a locator that is handed out twice', () =>
    withMirror(async (under) => {
      await control('POST', '/faults', { match: { route: 'bulk-results' }, every: 3, cutAfterBytes: 3000 });
      await control('POST', '/faults', { match: { route: 'bulk-results' }, every: 4, limitDataBytes: 2000 });
      await control('PATCH', '/knobs', { locatorTwice: true, maxResultRows: 40 });
      const report = await runBackfill(deps(under), { objects });
      expect(report.outcome).toBe('complete');
      await expectTruth(under);
    }));

  it('does not take a job for complete that promises more than it sends', () =>
    withMirror(async (under) => {
      await control('PATCH', '/knobs', { wrongCount: 1 });
      const attempt = runBackfill(deps(under), { objects: ['Account'] });
      await expect(attempt).rejects.toMatchObject({ code: 'SF_BULK_ROW_COUNT' });
      await control('PATCH', '/knobs', { wrongCount: 0, shortPage: 1 });
      const resumed = runBackfill(deps(under), { objects: [], resume: true });
      await expect(resumed).rejects.toMatchObject({ code: 'SF_BULK_ROW_COUNT' });
      await control('PATCH', '/knobs', { shortPage: 0 });
      const report = await runBackfill(deps(under), { objects: [], resume: true });
      expect(report.outcome).toBe('complete');
    }));
});
