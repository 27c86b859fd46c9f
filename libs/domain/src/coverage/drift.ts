/**
 * How a row of the shadow may differ from Salesforce. `calculated` is no drift of the mirror: such values change without
 * an event, and only reads can tell them.
 */
export const driftKinds = [
  'missing',
  'ghost',
  'lost-delete',
  'lost-merge',
  'lost-undelete',
  'value',
  'column',
  'calculated',
] as const;

export type DriftKind = (typeof driftKinds)[number];

/** Rows by kind. */
export type Drift = Readonly<Record<DriftKind, number>>;

export function noDrift(): Record<DriftKind, number> {
  return {
    missing: 0,
    ghost: 0,
    'lost-delete': 0,
    'lost-merge': 0,
    'lost-undelete': 0,
    value: 0,
    column: 0,
    calculated: 0,
  };
}

/** Rows that the mirror had wrong: the measure of its honesty. */
export function driftRows(drift: Drift): number {
  return driftKinds.reduce((sum, kind) => (kind === 'calculated' ? sum : sum + drift[kind]), 0);
}
