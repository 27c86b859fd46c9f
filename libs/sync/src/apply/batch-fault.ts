import { isUmbraError } from '@umbra/domain';

/** Whether some statement of a batch is at fault. Trouble of the servers is nobody's poison: it passes by itself. */
export function isFaultOfTheBatch(error: unknown): boolean {
  if (!isUmbraError(error)) return true;
  return error.code === 'STORE_REJECTED' || error.code === 'STORE_TWO_HOMES';
}

/** Milliseconds; grows with each conflict in a row, and differs between the lanes that may have met. */
export function pauseAfter(conflicts: number, lane: number): number {
  return 5 * 2 ** conflicts + (lane % 16) * 3;
}
