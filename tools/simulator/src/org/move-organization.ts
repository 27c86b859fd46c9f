import { ordinalInId } from './ids.ts';
import type { ObjectTable, RowState } from './object-table.ts';
import type { OrgIdentity } from './org.ts';

const NEWEST = Number.POSITIVE_INFINITY;

/** The one row of Organization as the org calls itself from now on; under another id when it has a new one. */
export function moveOrganization(table: ObjectTable, identity: OrgIdentity, seq: number): void {
  const now = ordinalInId(identity.organizationId);
  const old = oldOrdinal(table);
  const before = table.fullStateAt(old, NEWEST);
  const values = { ...before.values };
  for (const field of table.entry.stored) values[field.storage] = table.valueIn(before, old, field);
  values['InstanceName'] = identity.instanceName;
  delete values['IsDeleted'];
  const there: RowState = { presence: 'live', deletedAt: 0, binGroup: 0, values };
  if (now !== old) table.write(old, seq, { ...there, presence: 'none' }, values, seq);
  while (table.maxOrdinal < now) table.nextOrdinal();
  table.write(now, seq, there, values, seq);
}

function oldOrdinal(table: ObjectTable): number {
  for (let ordinal = 1; ordinal <= table.maxOrdinal; ordinal++)
    if (table.presenceAt(ordinal, NEWEST) === 'live') return ordinal;
  throw new Error('the org has lost its Organization row');
}
