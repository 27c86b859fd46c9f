import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startSimulatedOrg, type SimulatedOrg } from '@umbra/testing';
import { runOps, type OpsRun } from './run-ops.ts';

interface Report {
  readonly excess: readonly string[];
  readonly missing: readonly string[];
  readonly readable: readonly string[];
  readonly extraScopes: readonly string[];
}

let org: SimulatedOrg;
beforeAll(async () => {
  org = await startSimulatedOrg('--scale', 'demo');
});
afterAll(() => org.close());

async function control(method: string, path: string, body?: unknown): Promise<string> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const answer = await fetch(new URL(path, org.controlUrl), { method, ...init });
  expect([path, answer.ok]).toEqual([path, true]);
  return answer.text();
}

const check = (): Promise<OpsRun> => runOps(['status', '--access', '--json'], org.env);

async function grant(
  object: string,
  where: Record<string, unknown>,
  fields: Record<string, unknown>,
): Promise<void> {
  const rows = (await control('GET', `/truth/${object}`))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const row = rows.find((each) => Object.entries(where).every(([name, value]) => each[name] === value));
  await control('POST', '/transactions', {
    edits: [{ op: 'update', object, id: String(row?.['Id']), fields }],
  });
}

describe('sec-46, sec-47: ops status --access', () => {
  it('finds nothing too much and nothing missing in the reference set-up', async () => {
    const run = await check();
    const { readable, ...report } = run.json<Report>();
    expect(report).toEqual({ excess: [], missing: [], extraScopes: [] });
    expect(run.code).toBe(0);
    expect(readable).toContain('Account.Phone: read');
    expect(readable).not.toContain('Product2.StockKeepingUnit: read');
  });

  it('names each planted deviation, and ends with 65', async () => {
    await grant('ObjectPermissions', { SobjectType: 'Account' }, { PermissionsModifyAllRecords: true });
    await grant('ObjectPermissions', { SobjectType: 'Pricebook2' }, { PermissionsRead: false });
    await grant('FieldPermissions', { Field: 'Product2.Item_Class__c' }, { PermissionsEdit: true });
    await grant('ObjectPermissions', { SobjectType: 'Account' }, { PermissionsViewAllRecords: false });
    await grant('FieldPermissions', { Field: 'Account.Internet_Eligibility__c' }, { PermissionsRead: false });
    await grant('PermissionSet', { Name: 'Umbra_Integration' }, { PermissionsViewAllData: true });
    const run = await check();
    expect(run.code).toBe(65);
    expect(run.json<Report>()).toMatchObject({
      excess: ['Account: modifyAll', 'Product2.Item_Class__c: edit', 'system: ViewAllData'],
      missing: ['Account.Internet_Eligibility__c: read', 'Account: viewAll', 'Pricebook2: read'],
    });
    const { stdout } = await runOps(['status', '--access'], org.env);
    expect(stdout).toContain('Granted and not needed:\n  Account: modifyAll\n');
  });

  it('says what a sign-in grants beyond the scope api, and leaves an event', async () => {
    const body = {
      access_token: 'x',
      instance_url: org.env['SF_LOGIN_URL'],
      id: 'https://x/id/00D000000000001AAA/005000000000001AAA',
    };
    await control('POST', '/faults', {
      match: { route: 'token' },
      status: 200,
      body: { ...body, scope: 'api full', refresh_token: 'y' },
    });
    const { stderr } = await check();
    await control('DELETE', '/faults');
    const events = stderr.split('\n').filter((line) => line.includes('sign-in-excess'));
    expect(events).toHaveLength(1);
    expect(JSON.parse(events[0] ?? '')).toMatchObject({ extraScopes: ['full', 'refresh_token'] });
  });
});
