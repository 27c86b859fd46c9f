import type { ConditionValue, Leaves, RecordSource } from '@umbra/domain';
import type { DescribedObject, Describes } from '../rest/describe.ts';

/** What the integration user needs of one object. */
export interface ObjectNeed {
  readonly object: string;
  /** Fields that are read; those that cannot be hidden (`Id`, required and audit fields) may be among them. */
  readonly fields: readonly string[];
  /** View All on the object: change events and sweeps see every record only with it. */
  readonly viewAll: boolean;
}

/**
 * How the integration user's rights differ from what is needed. Each entry is one right by name: `Account: read`,
 * `Account.Name: edit`, `system: ModifyAllData`.
 */
export interface PermissionReport {
  /** Granted and not needed. Readable fields among them are mirrored too. */
  readonly excess: readonly string[];
  /** Needed and not granted. */
  readonly missing: readonly string[];
}

const objectRights = {
  read: 'PermissionsRead',
  create: 'PermissionsCreate',
  edit: 'PermissionsEdit',
  delete: 'PermissionsDelete',
  viewAll: 'PermissionsViewAllRecords',
  modifyAll: 'PermissionsModifyAllRecords',
} as const;

const fieldRights = { read: 'PermissionsRead', edit: 'PermissionsEdit' } as const;

const systemRights = {
  ApiEnabled: 'PermissionsApiEnabled',
  ModifyAllData: 'PermissionsModifyAllData',
  ViewAllData: 'PermissionsViewAllData',
} as const;

/**
 * Reads the permission sets of the user, its profile's own set included, and compares. Rights on objects that are not
 * needed at all are listed too.
 */
export async function readPermissionReport(
  records: RecordSource,
  describes: Describes,
  userId: string,
  needs: readonly ObjectNeed[],
): Promise<PermissionReport> {
  const granted = await grantedRights(records, userId);
  const needed = await neededRights(describes, needs);
  return {
    excess: [...granted].filter((right) => !needed.has(right)).sort(),
    missing: [...needed].filter((right) => !granted.has(right)).sort(),
  };
}

async function neededRights(describes: Describes, needs: readonly ObjectNeed[]): Promise<Set<string>> {
  const rights = new Set(['system: ApiEnabled']);
  for (const { object, fields, viewAll } of needs) {
    rights.add(`${object}: read`);
    if (viewAll) rights.add(`${object}: viewAll`);
    const described = await describes.current(object);
    for (const name of fields) {
      const right = rightField(described, name);
      if (right !== undefined) rights.add(`${object}.${right}: read`);
    }
  }
  return rights;
}

/**
 * The field whose right decides over this one: for a part of an address the address, for others the field itself.
 * Undefined when it cannot be hidden. A field that describe does not list is hidden, or not there: either way its right
 * is missing.
 */
function rightField(described: DescribedObject, name: string): string | undefined {
  const field = described.fields.find((one) => one.name === name);
  if (field === undefined) return name;
  const compound = described.fields.find((one) => one.name === field.compoundFieldName);
  const decides = compound !== undefined && isPlace(compound.type) ? compound : field;
  return decides.permissionable ? decides.name : undefined;
}

const isPlace = (type: string): boolean => type === 'address' || type === 'location';

async function grantedRights(records: RecordSource, userId: string): Promise<Set<string>> {
  const assignments = await rowsOf(records, 'PermissionSetAssignment', ['PermissionSetId'], 'AssigneeId', [
    userId,
  ]);
  const sets = [...new Set(assignments.map(({ PermissionSetId }) => String(PermissionSetId)))];
  const rights = new Set<string>();
  if (sets.length === 0) return rights;
  const note = (subject: string, row: Leaves, named: Readonly<Record<string, string>>): void => {
    for (const [right, field] of Object.entries(named))
      if (row[field] === true) rights.add(`${subject}: ${right}`);
  };
  for (const row of await rowsOf(records, 'PermissionSet', Object.values(systemRights), 'Id', sets))
    note('system', row, systemRights);
  const objectFields = ['SobjectType', ...Object.values(objectRights)];
  for (const row of await rowsOf(records, 'ObjectPermissions', objectFields, 'ParentId', sets))
    note(String(row.SobjectType), row, objectRights);
  const fieldFields = ['Field', ...Object.values(fieldRights)];
  for (const row of await rowsOf(records, 'FieldPermissions', fieldFields, 'ParentId', sets))
    note(String(row.Field), row, fieldRights);
  return rights;
}

async function rowsOf(
  records: RecordSource,
  object: string,
  fields: readonly string[],
  by: string,
  ids: readonly string[],
): Promise<readonly Leaves[]> {
  const values = ids.map((value): ConditionValue => ({ type: 'id', value }));
  const where = [{ field: by, op: 'in' as const, values }];
  return (await records.select({ object, fields, where }, 'catalogue')).rows;
}
