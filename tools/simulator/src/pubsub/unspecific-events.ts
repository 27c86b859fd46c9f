import { randomUUID } from 'node:crypto';
import { losesData } from '../org/field-conversion.ts';
import type { Org } from '../org/org.ts';
import type { SchemaChange } from '../org/schema.ts';
import { emptyBody, OVERFLOW_ID, type ChangeEvent } from './change-events.ts';

/** Records that one gap event names at most. */
const IDS_PER_EVENT = 1000;

function eventOf(
  org: Org,
  object: string,
  changeType: string,
  recordIds: readonly string[],
  transactionKey: string = randomUUID(),
): ChangeEvent {
  return {
    header: {
      entityName: object,
      recordIds,
      changeType,
      changeOrigin: '',
      transactionKey,
      sequenceNumber: 1,
      commitTimestamp: BigInt(Math.floor(org.clock.now() / 1000) * 1000),
      commitNumber: org.history.last?.commitNumber ?? 1_000_000_000_000_000_000n,
      commitUser: org.identity.integrationUserId,
    },
    body: emptyBody,
  };
}

/** A change of every record (`001*`), or of too many to be told one by one. */
export function unspecificEvent(org: Org, object: string, kind: 'wildcard' | 'overflow'): ChangeEvent {
  const prefix = org.schema.object(object)?.keyPrefix ?? '';
  return kind === 'wildcard'
    ? eventOf(org, object, 'UPDATE', [`${prefix}*`])
    : eventOf(org, object, 'GAP_OVERFLOW', [OVERFLOW_ID]);
}

/**
 * What a change of a field's type raises: a wildcard event when it emptied the column, gap events for the records that
 * have a value when a picklist became a checkbox or a multi-select picklist, otherwise nothing.
 * Source: Change Data Capture Developer Guide, "Field conversions".
 */
export function eventsOfConversion(org: Org, change: SchemaChange): ChangeEvent[] {
  if (change.kind !== 'retyped') return [];
  const { object, field, from, to } = change;
  if (losesData(from, to)) return [unspecificEvent(org, object, 'wildcard')];
  if (from !== 'picklist' || (to !== 'boolean' && to !== 'multipicklist')) return [];
  const snapshot = org.truth();
  try {
    const table = snapshot.table(object);
    const [id, value] = [table.column('Id'), table.column(field)];
    const ids = [...table.ordinals()]
      .filter((ordinal) => value(ordinal) !== null)
      .map((at) => String(id(at)));
    const transactionKey = randomUUID();
    const events: ChangeEvent[] = [];
    for (let from = 0; from < ids.length; from += IDS_PER_EVENT) {
      const some = ids.slice(from, from + IDS_PER_EVENT);
      events.push(eventOf(org, object, 'GAP_UPDATE', some, transactionKey));
    }
    return events;
  } finally {
    snapshot.release();
  }
}
