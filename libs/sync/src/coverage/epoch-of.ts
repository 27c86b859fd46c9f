import { decodeVersion, type Version } from '@umbra/domain';

/** The generation of numbering that a stamp belongs to. */
export function epochOf(stamp: Version): number {
  return decodeVersion(stamp).epoch;
}
