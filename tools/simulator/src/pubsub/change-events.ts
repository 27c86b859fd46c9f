import { isDeepStrictEqual } from 'node:util';
import type { Change, Commit } from '../org/commit.ts';
import type { SfRecord } from '../org/record.ts';
import type { EventBody, EventHeader } from './event-codec.ts';
import { DIFF_ABOVE, textDiff } from './text-diff.ts';

/** One change event before it is encoded. */
export interface ChangeEvent {
  readonly header: EventHeader;
  readonly body: EventBody;
}

export interface PublishingRules {
  /** True when events of this schema carry the leaf. */
  readonly carries: (object: string, leaf: string) => boolean;
  readonly captured: (object: string) => boolean;
  /** Values beyond those that the change itself names; they are never marked as changed. */
  readonly extras: (change: Change) => SfRecord;
  readonly overflowAbove: number;
  readonly cascadeEvents: boolean;
  readonly diffText: boolean;
}

export const emptyBody: EventBody = { values: {}, changed: [], nulled: [], diffed: [] };

/** Record id of an overflow event: it names no record. */
export const OVERFLOW_ID = '000000000000000AAA';

/** So many records at most share one event. The real bound is the size of the event; this stays well below it. */
const MAX_MERGED = 1000;

/** Audit fields that creations of price book entries leave out. */
const withoutOnEntryCreate = ['CreatedDate', 'CreatedById', 'LastModifiedDate', 'LastModifiedById'];

function header(commit: Commit, change: Change, recordIds: readonly string[]): EventHeader {
  return {
    entityName: change.object,
    recordIds,
    changeType: change.changeType,
    changeOrigin: commit.changeOrigin,
    transactionKey: commit.transactionKey,
    sequenceNumber: change.sequenceNumber,
    commitTimestamp: BigInt(commit.commitTimestamp),
    commitNumber: commit.commitNumber,
    commitUser: commit.user,
  };
}

function wholeBody(change: Change, rules: PublishingRules): EventBody {
  const values: SfRecord = { ...change.after, ...rules.extras(change) };
  if (change.object === 'PricebookEntry' && change.changeType === 'CREATE') {
    for (const leaf of withoutOnEntryCreate) delete values[leaf];
  }
  return { ...emptyBody, values };
}

function updateBody(commit: Commit, change: Change, rules: PublishingRules): EventBody {
  const values: SfRecord = {};
  const diffed: string[] = [];
  for (const [leaf, value] of Object.entries(change.after)) {
    if (!rules.carries(change.object, leaf)) continue;
    const before = change.before?.[leaf];
    const diff =
      rules.diffText && typeof value === 'string' && value.length > DIFF_ABOVE && typeof before === 'string'
        ? textDiff(before, value)
        : undefined;
    if (diff !== undefined) diffed.push(leaf);
    values[leaf] = diff ?? value;
  }
  values['LastModifiedDate'] ??= new Date(commit.commitTimestamp).toISOString();
  const changed = Object.keys(values);
  return {
    values: { ...rules.extras(change), ...values },
    changed,
    nulled: changed.filter((leaf) => values[leaf] === null),
    diffed,
  };
}

function bodyOf(commit: Commit, change: Change, rules: PublishingRules): EventBody {
  switch (change.changeType) {
    case 'CREATE':
    case 'UNDELETE':
      return wholeBody(change, rules);
    case 'UPDATE':
      return updateBody(commit, change, rules);
    case 'DELETE':
      return { ...emptyBody, values: rules.extras(change) };
    case 'ERASE':
      return emptyBody;
  }
}

/** Each changed field of an update counts one towards the overflow; a creation, deletion or undeletion one as well. */
const weight = (body: EventBody): number => Math.max(1, body.changed.length);

/** An event that more records may join. */
interface OpenEvent {
  readonly header: EventHeader & { readonly recordIds: string[] };
  readonly body: EventBody;
}

const sameKind = (a: OpenEvent, b: OpenEvent): boolean =>
  a.header.entityName === b.header.entityName &&
  a.header.changeType === b.header.changeType &&
  a.header.recordIds.length < MAX_MERGED;

const sameChange = (a: OpenEvent, b: OpenEvent): boolean =>
  a.header.changeType !== 'CREATE' && sameKind(a, b) && isDeepStrictEqual(a.body, b.body);

/**
 * The events that a commit raises, in order: one per record, neighbours that say the same about several records merged
 * into one, and what goes beyond the overflow limit replaced by one overflow event per object. Erasing raises none.
 */
export function changeEvents(commit: Commit, rules: PublishingRules): ChangeEvent[] {
  const events: OpenEvent[] = [];
  const overflown = new Map<string, ChangeEvent>();
  let spent = 0;
  for (const change of commit.changes) {
    if (change.changeType === 'ERASE' || !rules.captured(change.object)) continue;
    if (change.cascaded && change.changeType !== 'UPDATE' && !rules.cascadeEvents) continue;
    const recordIds = [change.recordId];
    const event = {
      header: { ...header(commit, change, recordIds), recordIds },
      body: bodyOf(commit, change, rules),
    };
    spent += weight(event.body);
    if (spent > rules.overflowAbove) {
      const overflow = { ...event.header, changeType: 'GAP_OVERFLOW', recordIds: [OVERFLOW_ID] };
      if (!overflown.has(change.object)) overflown.set(change.object, { header: overflow, body: emptyBody });
      continue;
    }
    const last = events.at(-1);
    if (last !== undefined && sameChange(last, event)) last.header.recordIds.push(change.recordId);
    else events.push(event);
  }
  return [...events, ...overflown.values()];
}

/** The same change with nothing but its header: what Salesforce sends when it cannot send the change. */
export function asGap({ header: of }: ChangeEvent): ChangeEvent {
  const changeType = of.changeType.startsWith('GAP_') ? of.changeType : `GAP_${of.changeType}`;
  return { header: { ...of, changeType, changeOrigin: '', sequenceNumber: 1 }, body: emptyBody };
}

/** Neighbouring gap events of one object and kind become one, whatever their records' data were. */
export function mergeGaps(events: readonly ChangeEvent[]): ChangeEvent[] {
  const merged: OpenEvent[] = [];
  for (const { header: of, body } of events) {
    const event = { header: { ...of, recordIds: [...of.recordIds] }, body };
    const last = merged.at(-1);
    const isGap = of.changeType.startsWith('GAP_') && of.changeType !== 'GAP_OVERFLOW';
    if (isGap && last !== undefined && sameKind(last, event)) last.header.recordIds.push(...of.recordIds);
    else merged.push(event);
  }
  return merged;
}
