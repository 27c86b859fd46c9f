/**
 * What makes one statement about a record newer than another: `(epoch, commitNumber, sequenceNumber, rank, readSeq)`,
 * compared left to right, and the one text form of it that TypeScript and SQL order alike.
 *
 * Topic and replay id take no part: one change may arrive by two channels. Wall clocks take no part: Salesforce's
 * times have whole seconds and say when something was modified, not in which order it was committed.
 */

/** 52 lower-case hex digits that sort like the version they stand for; `''` is "none" and sorts first. */
export type Version = string & { readonly __version: unique symbol };

export interface VersionParts {
  /** Generation of the object's commit numbering, 0 … 2^31-1. */
  readonly epoch: number;
  /** `commitNumber` of the change event header, or the lower bound of a read; 0 … 2^63-1, up to 19 digits. */
  readonly commitNumber: bigint;
  /** `sequenceNumber` of the header; a read carries the maximum, since a committed transaction is visible whole. */
  readonly sequenceNumber: number;
  /** 0 for an event, 1 for a read: a read stamped at commit N has seen N. */
  readonly rank: 0 | 1;
  /** 0 for an event; for a read a number drawn before it was sent, which orders reads of equal stamp. */
  readonly readSeq: bigint;
}

export const NO_VERSION = '' as Version;

/** Highest `sequenceNumber` that an int can carry. */
export const MAX_SEQUENCE = 0x7fff_ffff;

const MAX_INT8 = 0x7fff_ffff_ffff_ffffn;
const SHAPE = /^[0-7][0-9a-f]{7}[0-7][0-9a-f]{15}[0-7][0-9a-f]{7}000[01][0-7][0-9a-f]{15}$/;

function hex(value: number | bigint, digits: number, max: number | bigint, part: string): string {
  if (value < 0 || value > max || (typeof value === 'number' && !Number.isInteger(value))) {
    throw new RangeError(`version part ${part} is out of range`);
  }
  return value.toString(16).padStart(digits, '0');
}

/** @throws RangeError when a part does not fit its SQL type or is negative */
export function encodeVersion(parts: VersionParts): Version {
  return (hex(parts.epoch, 8, MAX_SEQUENCE, 'epoch') +
    hex(parts.commitNumber, 16, MAX_INT8, 'commitNumber') +
    hex(parts.sequenceNumber, 8, MAX_SEQUENCE, 'sequenceNumber') +
    hex(parts.rank, 4, 1, 'rank') +
    hex(parts.readSeq, 16, MAX_INT8, 'readSeq')) as Version;
}

/** @throws RangeError when the text is no version, or is "none" */
export function decodeVersion(version: Version): VersionParts {
  if (!SHAPE.test(version)) throw new RangeError('text is no version');
  return {
    epoch: Number.parseInt(version.slice(0, 8), 16),
    commitNumber: BigInt(`0x${version.slice(8, 24)}`),
    sequenceNumber: Number.parseInt(version.slice(24, 32), 16),
    rank: version.charAt(35) === '1' ? 1 : 0,
    readSeq: BigInt(`0x${version.slice(36)}`),
  };
}

/** Takes text from outside (SQL, a job) for a version. @throws RangeError when it is neither a version nor `''` */
export function parseVersion(text: string): Version {
  if (text !== '' && !SHAPE.test(text)) throw new RangeError('text is no version');
  return text as Version;
}

/** Negative, zero or positive, as `a` is older than, the same as or newer than `b`. Only within one object. */
export function compareVersions(a: Version, b: Version): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function newestOf(a: Version, b: Version): Version {
  return a > b ? a : b;
}
