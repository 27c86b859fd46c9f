/** Of the living records, in percent, and in records when that is more. */
const MOST_PERCENT = 5;
const MOST_RECORDS = 3;

/**
 * Whether so many disappearances at once can be believed. Records hidden from the integration user look exactly like
 * deleted ones, and a withdrawn permission hides many at once.
 */
export function isPlausibleAbsence(missing: number, living: number): boolean {
  return missing <= mostPlausible(living);
}

/** How many disappearances of so many living records can be believed. */
export function mostPlausible(living: number): number {
  return Math.max(MOST_RECORDS, Math.floor((living * MOST_PERCENT) / 100));
}
