import type { ChangeHeader, DecodedChange } from '../ports/change-source.ts';
import type { HoleCause } from '../ports/coverage-ledger.ts';
import type { StoredChange } from '../ports/stream-log.ts';
import { mirroredObjectNames } from '../sobject/registry.ts';
import type { MirroredObjectName } from '../sobject/mirrored-object.ts';
import { widenRecordId } from '../sobject/record-id.ts';
import { eventVersion } from '../version/stamp.ts';
import type { Version } from '../version/version.ts';

/** A hole over a whole object, found in an event. */
export interface AnnouncedHole {
  readonly object: MirroredObjectName;
  readonly cause: Extract<HoleCause, 'overflow' | 'wildcard'>;
  /** Source time before which everything is still proven. */
  readonly from: Date;
  /** A read closes the hole only when it is stamped at or above this. */
  readonly version: Version;
}

/** What an event says, as far as the log is concerned. */
export interface ReadChange {
  readonly changes: readonly StoredChange[];
  readonly holes: readonly AnnouncedHole[];
}

/** Source: Change Data Capture Developer Guide, "Overflow Events". */
const OVERFLOW_ID = '000000000000000AAA';

/**
 * The longest transactions cause an overflow, and its commit time is that of a modification within: what such a
 * transaction changed may carry times up to an hour older.
 */
const LOOK_BACK_MS = 60 * 60 * 1000;

/**
 * Takes the header of an event apart: one change for each record that it names, all with the same version; a hole
 * over the object where it names records that cannot be told (overflow, `001*`). An id of that kind is never stored.
 */
export function readChange(epoch: number, { header }: Pick<DecodedChange, 'header'>): ReadChange {
  const object = mirroredObjectNames.find((name) => name === header.entityName);
  if (object === undefined) return { changes: [], holes: [] };
  const version = eventVersion(epoch, header.commitNumber, header.sequenceNumber);
  const hole = (cause: AnnouncedHole['cause']): AnnouncedHole => ({
    object,
    cause,
    from: new Date(Date.parse(header.commitTimestamp) - LOOK_BACK_MS),
    version,
  });
  const holes = new Map<AnnouncedHole['cause'], AnnouncedHole>();
  const ids = new Set<string>();
  if (isOverflow(header)) holes.set('overflow', hole('overflow'));
  else {
    for (const id of header.recordIds) {
      const recordId = widenRecordId(id);
      if (recordId === undefined) holes.set('wildcard', hole('wildcard'));
      else ids.add(recordId);
    }
  }
  const changes = [...ids].map((recordId) => ({
    object,
    recordId,
    version,
    changeType: header.changeType,
    committedAt: header.commitTimestamp,
  }));
  return { changes, holes: [...holes.values()] };
}

function isOverflow({ changeType, recordIds }: ChangeHeader): boolean {
  return changeType === 'GAP_OVERFLOW' || recordIds.length === 0 || recordIds.includes(OVERFLOW_ID);
}
