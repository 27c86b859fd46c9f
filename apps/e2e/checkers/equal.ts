import type { SimulatedOrg } from '../harness/simulator.ts';

/**
 * Is the shadow equal to Salesforce? Every record and every leaf, main and aside, against the simulator's truth. It
 * shares no code with the product: values are brought to one form here, by rules of its own.
 */
export interface Difference {
  readonly object: string;
  readonly recordId: string;
  readonly what: string;
}

interface Rows {
  rows<Row extends object>(text: string, values?: unknown[]): Promise<Row[]>;
}

interface ShadowRecord {
  readonly id: string;
  readonly alive: boolean;
  readonly doc: Record<string, unknown>;
}

const tables = {
  Product2: ['sf_product_shadow', 'product_id'],
  PricebookEntry: ['sf_pricebook_shadow', 'pricebook_entry_id'],
  Account: ['sf_account_eligibility_shadow', 'account_id'],
} as const;

export type CheckedObject = keyof typeof tables;
export const checkedObjects = Object.keys(tables) as CheckedObject[];

const isInstant = /^\d{4}-\d{2}-\d{2}T[\d:.]+(Z|[+-]\d{4})$/;

/**
 * Numbers and their texts are one value, and so are the two spellings of an instant. NUL, which PostgreSQL cannot hold,
 * is the one character that the mirror may leave out.
 */
function comparable(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null;
  if (typeof value === 'string' && isInstant.test(value)) {
    return new Date(value.replace(/([+-]\d{2})(\d{2})$/, '$1:$2')).toISOString();
  }
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string' && /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value)) {
    return Number.isSafeInteger(Number(value)) || value.includes('.') ? String(Number(value)) : value;
  }
  return typeof value === 'string' ? value.replaceAll('\u0000', '') : JSON.stringify(value);
}

async function shadow(database: Rows, object: CheckedObject): Promise<Map<string, ShadowRecord>> {
  const [table, key] = tables[object];
  const main = await database.rows<{ id: string; doc: ShadowRecord['doc'] }>(
    `select ${key} as id, raw_payload as doc from ${table}`,
  );
  const aside = await database.rows<ShadowRecord>(
    'select record_id as id, alive, doc from sf_shadow_aside where object = $1',
    [object],
  );
  const records = new Map<string, ShadowRecord>();
  for (const each of [...main.map((row) => ({ ...row, alive: true })), ...aside]) {
    if (records.has(each.id)) throw new Error(`${object} ${each.id} has two homes`);
    records.set(each.id, each);
  }
  return records;
}

/** Leaves that describe a look at the record and not the record, and names that Salesforce derives. */
const notCompared = new Set(['LastViewedDate', 'LastReferencedDate', 'attributes']);

/**
 * Differences between truth and shadow, at most 20 per object.
 * @param derived also the leaves that only reads can tell
 */
export async function differences(database: Rows, org: SimulatedOrg, derived = true): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const object of checkedObjects) {
    const [truth, stored] = [await org.truth(object), await shadow(database, object)];
    const known = new Set(truth.map((record) => String(record['Id'])));
    const here: Difference[] = [];
    const differ = (recordId: string, what: string): void => void here.push({ object, recordId, what });
    for (const id of stored.keys())
      if (!known.has(id) && stored.get(id)?.alive) differ(id, 'alive here, unknown there');
    for (const record of truth)
      compare(record, stored.get(String(record['Id'])), derived ? none : readOnlyLeaves[object], differ);
    found.push(...here.slice(0, 20));
  }
  return found;
}

/** Leaves that change events never carry: true as of the record's last read, and of no later moment. */
const readOnlyLeaves: Readonly<Record<CheckedObject, ReadonlySet<string>>> = {
  Product2: new Set(['Id', 'IsDeleted', 'SystemModstamp']),
  PricebookEntry: new Set(['Id', 'IsDeleted', 'SystemModstamp', 'Name', 'ProductCode']),
  Account: new Set([
    'Id',
    'IsDeleted',
    'SystemModstamp',
    'LastActivityDate',
    'MasterRecordId',
    'Owner_Team__c',
    'PhotoUrl',
  ]),
};

const none: ReadonlySet<string> = new Set();

function compare(
  record: Record<string, unknown>,
  stored: ShadowRecord | undefined,
  skipped: ReadonlySet<string>,
  differ: (id: string, what: string) => void,
): void {
  const id = String(record['Id']);
  const isDeleted = record['IsDeleted'] === true;
  if (stored === undefined) {
    if (!isDeleted) differ(id, 'missing here');
    return;
  }
  if (stored.alive === isDeleted)
    return differ(id, isDeleted ? 'deleted there, alive here' : 'alive there, deleted here');
  if (isDeleted) return; // a deletion carries no values; those of the last living state are kept
  for (const [leaf, value] of Object.entries(record)) {
    if (notCompared.has(leaf) || skipped.has(leaf)) continue;
    const [there, here] = [comparable(value), comparable(stored.doc[leaf])];
    if (there !== here) differ(id, `${leaf}: ${String(there)} there, ${String(here)} here`);
  }
}
