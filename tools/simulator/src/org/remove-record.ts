import type { Draft, DraftRow } from './draft.ts';
import {
  addressOf,
  liveAddress,
  put,
  stampRow,
  tableOf,
  type EditContext,
  type RowAddress,
} from './edit-context.ts';
import type { Edit } from './edit.ts';
import { ordinalInId } from './ids.ts';
import type { ObjectTable } from './object-table.ts';
import { refuse } from './row-refused.ts';
import { updateRecord } from './write-record.ts';

/** Into the recycle bin, and with it what cannot be without it. */
export function deleteRecord(context: EditContext, draft: Draft, id: string): string {
  const address = liveAddress(context, draft, id);
  checkDeletable(draft, address);
  bin(context, draft, address, context.newBinGroup(), false);
  return address.table.renderId(address.ordinal);
}

function checkDeletable(draft: Draft, { table, ordinal }: RowAddress): void {
  const { entry } = table;
  if (!entry.deletable)
    refuse('INSUFFICIENT_ACCESS_OR_READONLY', `entity type ${entry.name} cannot be deleted`);
  if (entry.name === 'Pricebook2' && draft.valueOf(table, ordinal, 'IsStandard') === true) {
    refuse('DELETE_FAILED', 'The standard price book cannot be deleted.');
  }
}

function bin(
  context: EditContext,
  draft: Draft,
  address: RowAddress,
  group: number,
  cascaded: boolean,
): DraftRow {
  const { table, ordinal } = address;
  const row = draft.touch(table, ordinal);
  row.presence = 'bin';
  row.deletedAt = context.stamp;
  row.binGroup = group;
  row.cascaded = cascaded;
  stampRow(context, row);
  for (const price of pricesOf(context, draft, address)) {
    if (draft.presence(price.table, price.ordinal) === 'live') bin(context, draft, price, group, true);
  }
  for (const child of childAccounts(context, draft, address)) {
    relink(context, draft, child, null);
  }
  return row;
}

function pricesOf(context: EditContext, draft: Draft, { table, ordinal }: RowAddress): RowAddress[] {
  const { name } = table.entry;
  if (name !== 'Product2' && name !== 'Pricebook2') return [];
  const prices = tableOf(context, 'PricebookEntry');
  if (name === 'Product2') {
    return draft
      .referring(prices, 'Product2Id', table, ordinal)
      .map((price) => ({ table: prices, ordinal: price }));
  }
  // No index by price book: it goes rarely enough to look at every price.
  const id = table.renderId(ordinal);
  const found: RowAddress[] = [];
  for (let price = 1; price <= prices.maxOrdinal; price++) {
    if (draft.presence(prices, price) !== 'none' && draft.valueOf(prices, price, 'Pricebook2Id') === id) {
      found.push({ table: prices, ordinal: price });
    }
  }
  return found;
}

function childAccounts(context: EditContext, draft: Draft, { table, ordinal }: RowAddress): RowAddress[] {
  if (table.entry.name !== 'Account') return [];
  const accounts = tableOf(context, 'Account');
  return draft
    .referring(accounts, 'ParentId', table, ordinal)
    .filter((child) => draft.presence(accounts, child) === 'live')
    .map((child) => ({ table: accounts, ordinal: child }));
}

function relink(context: EditContext, draft: Draft, child: RowAddress, parentId: string | null): void {
  const row = draft.touch(child.table, child.ordinal);
  row.cascaded = true;
  put(row, 'ParentId', parentId);
  draft.note(row);
  stampRow(context, row);
}

/** Back from the bin, together with what went with it. */
export function undeleteRecord(context: EditContext, draft: Draft, id: string): string {
  const { table, ordinal } = addressOf(context, id);
  if (!table.entry.undeletable)
    refuse('UNDELETE_FAILED', `entity type ${table.entry.name} cannot be undeleted`);
  if (draft.presence(table, ordinal) !== 'bin') refuse('UNDELETE_FAILED', 'Entity is not in the recycle bin');
  const { binGroup } = draft.binEntry(table, ordinal);
  restore(context, draft, table, ordinal, false);
  for (const price of pricesOf(context, draft, { table, ordinal })) {
    const inBin = draft.presence(price.table, price.ordinal) === 'bin';
    if (
      inBin &&
      draft.binEntry(price.table, price.ordinal).binGroup === binGroup &&
      othersAlive(context, draft, price)
    ) {
      restore(context, draft, price.table, price.ordinal, true);
    }
  }
  return table.renderId(ordinal);
}

/** A price comes back only when both its product and its price book are there. */
function othersAlive(context: EditContext, draft: Draft, price: RowAddress): boolean {
  return (['Product2', 'Pricebook2'] as const).every((object) => {
    const parent = draft.valueOf(price.table, price.ordinal, `${object}Id`);
    return (
      typeof parent === 'string' && draft.presence(tableOf(context, object), ordinalInId(parent)) === 'live'
    );
  });
}

function restore(
  context: EditContext,
  draft: Draft,
  table: ObjectTable,
  ordinal: number,
  cascaded: boolean,
): void {
  const row = draft.touch(table, ordinal);
  row.presence = 'live';
  row.deletedAt = 0;
  row.cascaded = cascaded;
  put(row, 'MasterRecordId', null);
  stampRow(context, row);
}

/** Gone without a trace in the bin, from life or from the bin. */
export function hardDeleteRecord(context: EditContext, draft: Draft, id: string): string {
  const address = addressOf(context, id);
  if (draft.presence(address.table, address.ordinal) === 'none') {
    refuse('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
  }
  checkDeletable(draft, address);
  erase(context, draft, address, false);
  return address.table.renderId(address.ordinal);
}

function erase(context: EditContext, draft: Draft, address: RowAddress, cascaded: boolean): void {
  for (const child of childAccounts(context, draft, address)) relink(context, draft, child, null);
  const row = draft.touch(address.table, address.ordinal);
  row.presence = 'none';
  row.cascaded = cascaded;
  for (const price of pricesOf(context, draft, address)) {
    if (draft.presence(price.table, price.ordinal) !== 'none') erase(context, draft, price, true);
  }
}

/**
 * Empties the bin of the named records, of one object, or of all; returns how many records went. Rows that another open
 * transaction holds stay, unless they are named.
 */
export function purgeBin(
  context: EditContext,
  draft: Draft,
  scope: Extract<Edit, { op: 'purge' }>,
  deletedUpTo = Number.POSITIVE_INFINITY,
): number {
  let purged = 0;
  const purge = (address: RowAddress): void => {
    const { table, ordinal } = address;
    if (scope.ids === undefined && draft.isHeld(table, ordinal)) return;
    if (draft.presence(table, ordinal) !== 'bin' || draft.binEntry(table, ordinal).deletedAt > deletedUpTo)
      return;
    erase(context, draft, address, false);
    purged += 1;
  };
  if (scope.ids !== undefined) {
    for (const id of scope.ids) purge(addressOf(context, id));
    return purged;
  }
  const tables = scope.object === undefined ? [...context.tables.values()] : [tableOf(context, scope.object)];
  for (const table of tables) {
    if (table.counts.binned === 0) continue;
    for (let ordinal = 1; ordinal <= table.maxOrdinal; ordinal++) purge({ table, ordinal });
  }
  return purged;
}

/** Losers go to the bin and name the winner; their children become the winner's. */
export function mergeRecords(
  context: EditContext,
  draft: Draft,
  edit: Extract<Edit, { op: 'merge' }>,
): string {
  const winner = liveAddress(context, draft, edit.winner, edit.object);
  if (!winner.table.entry.mergeable)
    refuse('INVALID_TYPE', `entity type ${winner.table.entry.name} cannot be merged`);
  const winnerId = winner.table.renderId(winner.ordinal);
  const losers = edit.losers.map((id) => liveAddress(context, draft, id, edit.object));
  if (losers.length === 0 || losers.some((loser) => loser.ordinal === winner.ordinal)) {
    refuse('INVALID_ID_FIELD', 'A merge needs at least one loser other than the winner.');
  }
  updateRecord(context, draft, edit.object, winnerId, edit.fields ?? {});
  for (const loser of losers) {
    for (const child of childAccounts(context, draft, loser)) {
      relink(context, draft, child, child.ordinal === winner.ordinal ? null : winnerId);
    }
    const row = bin(context, draft, loser, context.newBinGroup(), false);
    put(row, 'MasterRecordId', winnerId);
  }
  return winnerId;
}
