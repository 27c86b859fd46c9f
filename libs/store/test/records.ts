import {
  encodeVersion,
  MAX_SEQUENCE,
  NO_VERSION,
  type ColumnValues,
  type Leaves,
  type MirroredObjectName,
  type PlacedRecord,
  type RecordState,
  type StagedRow,
  type StageFacts,
  type Version,
} from '@umbra/domain';
import { accountRow, buildAccount, buildPricebookEntry, buildProduct2 } from '@umbra/testing';
import { pricebookEntryRow, product2Row, type ShadowRow } from '@umbra/testing';
import { shadowTables } from '../src/shadow-table.ts';

export const readAt = '2026-03-01T10:00:00.000Z';

/** Stamp of a read at commit n. */
export function stamp(n: number, epoch = 0): Version {
  return encodeVersion({
    epoch,
    commitNumber: BigInt(n),
    sequenceNumber: MAX_SEQUENCE,
    rank: 1,
    readSeq: BigInt(n),
  });
}

/** The state that one full read leaves behind when nothing was there. */
export function stateOf(
  object: MirroredObjectName,
  leaves: Leaves,
  at: Version,
  changes: Partial<RecordState> = {},
): RecordState {
  return {
    object,
    recordId: String(leaves['Id']),
    alive: true,
    leaves: Object.fromEntries(Object.entries(leaves).filter(([, value]) => value !== null)),
    vBase: at,
    schemaRev: 1,
    vFields: {},
    vRead: at,
    readAt,
    vAlive: at,
    vGap: NO_VERSION,
    gapSince: null,
    vMax: at,
    srcModifiedAt: (leaves['SystemModstamp'] as string | undefined) ?? null,
    masterId: null,
    ...changes,
  };
}

const rows: Readonly<Record<MirroredObjectName, (leaves: Leaves) => ShadowRow>> = {
  Product2: product2Row,
  PricebookEntry: pricebookEntryRow,
  Account: accountRow,
};

export function columnsOf(object: MirroredObjectName, leaves: Leaves): ColumnValues {
  const row = rows[object](leaves);
  return Object.fromEntries(
    shadowTables[object].columns.map(({ name }) => [name, row[name] as string | boolean | null]),
  );
}

export function inMain(
  object: MirroredObjectName,
  leaves: Leaves,
  at: Version,
  changes: Partial<RecordState> = {},
): PlacedRecord {
  return {
    state: stateOf(object, leaves, at, changes),
    home: { kind: 'main' },
    columns: columnsOf(object, leaves),
  };
}

export function aside(
  object: MirroredObjectName,
  leaves: Leaves,
  at: Version,
  waits: Pick<Extract<PlacedRecord, { home: { kind: 'aside' } }>['home'], 'reason'> & {
    parentKey?: string;
    uniqueKey?: string;
  },
  changes: Partial<RecordState> = {},
): PlacedRecord {
  return {
    state: stateOf(object, leaves, at, changes),
    home: { kind: 'aside', reason: waits.reason },
    parentKey: waits.parentKey ?? null,
    uniqueKey: waits.uniqueKey ?? null,
  };
}

export function staged(
  object: MirroredObjectName,
  leaves: Leaves,
  changes: Partial<StagedRow> = {},
): StagedRow {
  const present = Object.fromEntries(Object.entries(leaves).filter(([, value]) => value !== null));
  return {
    recordId: String(leaves['Id']),
    alive: true,
    payload: JSON.stringify(present),
    columns: columnsOf(object, leaves),
    srcModifiedAt: (leaves['SystemModstamp'] as string | undefined) ?? null,
    ...changes,
  };
}

export function facts(
  object: MirroredObjectName,
  at: Version,
  changes: Partial<StageFacts> = {},
): StageFacts {
  return { object, stamp: at, schemaRev: 1, leaves: ['Name', 'IsActive', 'Description'], readAt, ...changes };
}

export const build = { Product2: buildProduct2, Account: buildAccount, PricebookEntry: buildPricebookEntry };

/** The rows of all batches. */
export async function collect(batches: AsyncIterable<readonly StagedRow[]>): Promise<StagedRow[]> {
  const rows: StagedRow[] = [];
  for await (const batch of batches) rows.push(...batch);
  return rows;
}
