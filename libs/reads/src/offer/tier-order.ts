/**
 * The order in which plans are listed: by tier from the smallest to the largest, then by name, then by SKU.
 *
 * A tier is free text in Salesforce. Words that trade uses for a ladder have their rung here, synonyms side by side;
 * other tiers follow them in natural order ("Tier 2" before "Tier 10"), and plans without a tier come last. The order
 * is a service to the eye: nothing is ever filtered by it.
 */
import type { ProductRow } from '@umbra/domain';
import { fold } from './fold.ts';

const rungs: readonly (readonly string[])[] = [
  ['free'],
  ['starter', 'entry', 'lite', 'light', 'mini'],
  ['basic', 'bronze', 'small', 's'],
  ['standard', 'silver', 'medium', 'm'],
  ['plus', 'advanced', 'gold', 'large', 'l'],
  ['premium', 'pro', 'platinum', 'xl'],
  ['ultimate', 'max', 'diamond', 'titanium', 'xxl'],
];
const rungOf: ReadonlyMap<string, number> = new Map(
  rungs.flatMap((words, rung) => words.map((word) => [word, rung] as const)),
);

const natural = new Intl.Collator('en', { numeric: true });

type Listed = Pick<ProductRow, 'planTier' | 'name' | 'sku'>;

/** For `toSorted`. A total order: two products never share a SKU. */
export function byTier(one: Listed, other: Listed): number {
  return (
    rankOf(one.planTier) - rankOf(other.planTier) ||
    natural.compare(fold(one.planTier ?? ''), fold(other.planTier ?? '')) ||
    natural.compare(one.name, other.name) ||
    (one.sku < other.sku ? -1 : Number(one.sku > other.sku))
  );
}

function rankOf(planTier: string | null): number {
  if (planTier === null || fold(planTier) === '') return rungs.length + 1;
  return rungOf.get(fold(planTier)) ?? rungs.length;
}
