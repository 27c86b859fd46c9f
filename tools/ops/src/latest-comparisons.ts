import type { UpkeepReport } from '@umbra/domain';
import type { Store } from '@umbra/store';
import { table } from './output.ts';

/** What the newest run of a kind of comparison found. */
export interface ComparisonFacts {
  readonly kind: string;
  readonly subject: string;
  readonly finishedAt: string;
  readonly outcome: string;
  readonly driftRows: number | null;
  readonly equalAsOf: string | null;
  readonly calls: number;
  readonly hash: string;
}

/** Of each kind and object the newest that has ended. */
export async function latestComparisons(store: Pick<Store, 'upkeep'>): Promise<readonly ComparisonFacts[]> {
  return (await store.upkeep.latest()).map(factsOf);
}

function factsOf(run: UpkeepReport): ComparisonFacts {
  const { calls, driftRows, equalAsOf, outcome, through } = run.report as {
    readonly calls?: number;
    readonly driftRows?: number;
    readonly equalAsOf?: string | null;
    readonly through?: string | null;
    readonly outcome?: string;
  };
  return {
    kind: run.kind,
    subject: run.subject,
    finishedAt: run.finishedAt.toISOString(),
    outcome: outcome ?? 'complete',
    driftRows: driftRows ?? null,
    equalAsOf: equalAsOf ?? through ?? null,
    calls: calls ?? 0,
    hash: run.hash,
  };
}

export function comparisonTable(comparisons: readonly ComparisonFacts[]): string {
  return table(
    ['COMPARISON', 'OF', 'ENDED', 'OUTCOME', 'DRIFT', 'EQUAL AS OF', 'CALLS', 'HASH'],
    comparisons.map((one) => [
      one.kind,
      one.subject,
      one.finishedAt,
      one.outcome,
      one.driftRows === null ? '' : String(one.driftRows),
      one.equalAsOf ?? '',
      String(one.calls),
      one.hash.slice(0, 12),
    ]),
  );
}
