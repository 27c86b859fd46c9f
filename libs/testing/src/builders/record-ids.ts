import { widenRecordId } from '@umbra/domain';

/**
 * The n-th record id of an object: 18 characters with the right checksum, ascending in byte order with n.
 * @param keyPrefix three characters, `01t` for Product2
 */
export function recordId(keyPrefix: string, n: number): string {
  const id = widenRecordId(`${keyPrefix}000${String(n).padStart(9, '0')}`);
  if (id === undefined) throw new RangeError(`no record id: ${keyPrefix}, ${n}`);
  return id;
}

let drawn = 0;

/** An id that no other call of this process has returned. */
export function freshRecordId(keyPrefix: string): string {
  drawn += 1;
  return recordId(keyPrefix, drawn);
}
