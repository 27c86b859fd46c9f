import { fold } from './fold.ts';

/** `unknown`: never checked. `not-eligible`: checked, and no. */
export const eligibilityStatuses = ['eligible', 'not-eligible', 'unknown'] as const;
export type EligibilityStatus = (typeof eligibilityStatuses)[number];

export interface Eligibility {
  readonly status: EligibilityStatus;
  /** What may be offered, as the account spells it; each once. */
  readonly offeringTypes: readonly string[];
}

const NOT_ELIGIBLE = fold('Not Eligible');

/**
 * Reads the account's `internet_eligibility`: values joined by `;`, or `Not Eligible`. Beside other values
 * `Not Eligible` has no meaning of its own: no plan has it as its offering type.
 */
export function eligibilityOf(internetEligibility: string | null): Eligibility {
  const values = new Map<string, string>();
  for (const value of (internetEligibility ?? '').split(';')) {
    if (fold(value) !== '' && !values.has(fold(value))) values.set(fold(value), value.trim());
  }
  const isRefused = values.delete(NOT_ELIGIBLE);
  if (values.size > 0) return { status: 'eligible', offeringTypes: [...values.values()] };
  return { status: isRefused ? 'not-eligible' : 'unknown', offeringTypes: [] };
}

/** Whether a plan of this offering type is offered to the account. */
export function isOffered(eligibility: Eligibility, offeringType: string | null): boolean {
  if (offeringType === null) return false;
  return eligibility.offeringTypes.some((value) => fold(value) === fold(offeringType));
}
