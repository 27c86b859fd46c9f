import type { Column, ColumnMaker } from './column.ts';
import { mix } from './mix.ts';

/**
 * Who may order which internet plans. `null` is "never checked", `Not Eligible` is a checked no, else the offering
 * types joined by `;`. A few are untidy in case and spacing, as people and old imports leave them.
 */
type Eligibility = readonly [eligibility: string | null, source: string | null];

/** The first accounts are fixed at every scale and seed, so that documents can name them. */
export const listedEligibility: readonly Eligibility[] = [
  ['FTTH', 'Address Check'],
  ['FTTH;VDSL', 'Address Check'],
  ['Not Eligible', 'Address Check'],
  [null, null],
  ['Cable;5G Home', 'Partner Feed'],
  ['FTTH;VDSL;Cable;5G Home;Satellite', 'Manual'],
  ['Satellite', 'Manual'],
  ['VDSL', 'Legacy Import'],
  ['5G Home', 'Network Planning'],
  ['ftth ; Cable', 'Legacy Import'],
  ['Not Eligible', 'Manual'],
  ['FTTH', null],
];

const wheel: readonly (readonly [weight: number, ...Eligibility])[] = [
  [18, null, null],
  [10, 'Not Eligible', 'Address Check'],
  [3, 'Not Eligible', 'Manual'],
  [14, 'FTTH', 'Address Check'],
  [10, 'FTTH;VDSL', 'Address Check'],
  [8, 'VDSL', 'Address Check'],
  [6, 'VDSL', 'Legacy Import'],
  [7, 'Cable', 'Partner Feed'],
  [6, 'Cable;5G Home', 'Partner Feed'],
  [6, '5G Home', 'Network Planning'],
  [4, '5G Home;Satellite', 'Network Planning'],
  [3, 'Satellite', 'Manual'],
  [3, 'FTTH;VDSL;Cable;5G Home', 'Address Check'],
  [1, 'ftth;vdsl', 'Legacy Import'],
  [1, 'FTTH', null],
];
const turns: readonly Eligibility[] = wheel.flatMap(([weight, ...state]) =>
  Array.from({ length: weight }, () => state),
);

export function eligibilityColumns(make: ColumnMaker): [string, Column][] {
  const salt = make.salt('Internet_Eligibility__c');
  const at = (ordinal: number): Eligibility =>
    listedEligibility[ordinal - 1] ?? (turns[mix(salt, ordinal) % turns.length] as Eligibility);
  const column = (part: 0 | 1): Column => ({
    value: (ordinal) => at(ordinal)[part],
    cell: (ordinal) => `"${at(ordinal)[part] ?? ''}"`,
  });
  return [
    ['Internet_Eligibility__c', column(0)],
    ['Internet_Eligibility_Source__c', column(1)],
  ];
}
