import { encodeVersion, MAX_SEQUENCE, type Leaves, type LeafValue } from '@umbra/domain';
import type pg from 'pg';
import { insertInto } from '../database/statements.ts';

/** A row of a shadow table, by column name; instants as ISO text. */
export type ShadowRow = Readonly<Record<string, unknown>>;

/** A read at commit 1; rows of builders carry it in every place until a test says otherwise. */
export const builtVersion = encodeVersion({
  epoch: 0,
  commitNumber: 1n,
  sequenceNumber: MAX_SEQUENCE,
  rank: 1,
  readSeq: 1n,
});

/** What all shadow tables have in common: the leaves as payload, as if one full read had brought them. */
export function commonColumns(leaves: Leaves): ShadowRow {
  return {
    updated_at: '2026-01-01T00:00:00.000Z',
    raw_payload: JSON.stringify(withoutNulls(leaves)),
    v_base: builtVersion,
    schema_rev: 1,
    v_fields: '{}',
    v_read: builtVersion,
    read_at: '2026-01-01T00:00:00.000Z',
    v_alive: builtVersion,
    v_gap: '',
    gap_since: null,
    v_max: builtVersion,
    src_modified_at: leaves['LastModifiedDate'] ?? null,
  };
}

/** Stored leaves have a value; a leaf that is null has no key. */
export function withoutNulls(leaves: Leaves): Readonly<Record<string, LeafValue>> {
  return Object.fromEntries(Object.entries(leaves).filter(([, value]) => value !== null));
}

export async function insertRow(client: pg.ClientBase, table: string, row: ShadowRow): Promise<void> {
  const columns = Object.keys(row);
  await client.query(
    insertInto(table, columns),
    columns.map((column) => row[column]),
  );
}
