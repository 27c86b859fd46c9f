import type { MirroredObjectName } from '../sobject/mirrored-object.ts';

/** Records are spread over this many lanes; a lane has one worker at a time, and different lanes never wait. */
export const LANES = 64;

/** FNV-1a, 32 bit. Source: draft-eastlake-fnv, sections 2 and 5. */
const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * The lane of a record. Whatever changes a record (an event, a page of a backfill, a refresh) goes by the same number,
 * and stored changes carry it: another hash would leave them in lanes where nobody looks for them.
 *
 * @param recordId 18 characters; ids are ASCII, so a character is a byte
 * @returns 0 … LANES-1
 */
export function laneOf(object: MirroredObjectName, recordId: string): number {
  let hash = OFFSET_BASIS;
  const key = `${object}.${recordId}`;
  for (let at = 0; at < key.length; at += 1) {
    hash = Math.imul(hash ^ key.charCodeAt(at), PRIME);
  }
  // The low bits of FNV-1a alone spread short keys badly; its authors fold the high ones in.
  return ((hash >>> 16) ^ hash) & (LANES - 1);
}
