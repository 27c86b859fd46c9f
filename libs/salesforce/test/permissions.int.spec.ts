import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ObjectNeed } from '../src/index.ts';
import { openForTest, type TestSalesforce } from './open-for-test.ts';
import { SimulatorProcess, type TruthRow } from './simulator.ts';

let simulator: SimulatorProcess;
let salesforce: TestSalesforce;
let needs: ObjectNeed[];

beforeAll(async () => {
  simulator = await SimulatorProcess.start('--scale', 'demo');
  salesforce = openForTest(simulator.settings());
  const objects = (await simulator.truth('ObjectPermissions')).map(({ SobjectType }) => String(SobjectType));
  needs = [];
  for (const object of objects) {
    const { fields } = await salesforce.records.describe(object);
    needs.push({ object, fields: fields.map(({ name }) => name), viewAll: true });
  }
});

afterAll(async () => {
  await salesforce.close();
  await simulator.close();
});

const change = (edits: readonly unknown[]): Promise<unknown> =>
  simulator.control('POST', '/transactions', { edits });

async function rightOf(object: string, picked: (row: TruthRow) => boolean): Promise<string> {
  return String((await simulator.truth(object)).find(picked)?.Id);
}

describe('sec-46: the integration user', () => {
  it('has what is needed and nothing else in the reference set-up', async () => {
    await expect(salesforce.permissions(needs)).resolves.toEqual({ excess: [], missing: [] });
  });

  it('each right too many is named', async () => {
    const account = await rightOf('ObjectPermissions', (row) => row.SobjectType === 'Account');
    const name = await rightOf('FieldPermissions', (row) => row.Field === 'Account.Phone');
    const [set] = await simulator.truth('PermissionSet');
    await change([
      {
        op: 'update',
        object: 'ObjectPermissions',
        id: account,
        fields: { PermissionsModifyAllRecords: true },
      },
      { op: 'update', object: 'FieldPermissions', id: name, fields: { PermissionsEdit: true } },
      { op: 'update', object: 'PermissionSet', id: set?.Id, fields: { PermissionsModifyAllData: true } },
    ]);
    const narrower = needs.map((need) => (need.object === 'Product2' ? { ...need, viewAll: false } : need));
    await expect(salesforce.permissions(narrower)).resolves.toEqual({
      excess: ['Account.Phone: edit', 'Account: modifyAll', 'Product2: viewAll', 'system: ModifyAllData'],
      missing: [],
    });
  });

  it('each right too few is named', async () => {
    await simulator.control('POST', '/schema', {
      change: 'hide',
      object: 'Product2',
      field: 'StockKeepingUnit',
    });
    const [set] = await simulator.truth('PermissionSet');
    await change([
      { op: 'update', object: 'PermissionSet', id: set?.Id, fields: { PermissionsApiEnabled: false } },
    ]);
    const wider = [...needs, { object: 'User', fields: ['Id', 'Department'], viewAll: false }];
    const { missing } = await salesforce.permissions(wider);
    expect(missing).toEqual([
      'Product2.StockKeepingUnit: read',
      'User.Department: read',
      'User: read',
      'system: ApiEnabled',
    ]);
  });
});
