import {
  canonicalDecimal,
  isDirty,
  type ColumnValues,
  type Leaves,
  type MirroredObjectName,
  type RangeDigest,
  type RecordRange,
  type ShadowComparison,
  type StagedRow,
  type Suspect,
} from '@umbra/domain';
import type { MemoryShadow } from '../memory-shadow.ts';

/** The comparison port over the shadow in memory. */
export class MemoryComparison implements ShadowComparison {
  readonly #shadow: MemoryShadow;

  constructor(shadow: MemoryShadow) {
    this.#shadow = shadow;
  }

  suspects(
    _object: MirroredObjectName,
    schemaRev: number,
    rows: readonly StagedRow[],
  ): Promise<readonly Suspect[]> {
    const found: Suspect[] = [];
    for (const row of rows) {
      const state = this.#shadow.records.get(row.recordId)?.state;
      const columns = this.#shadow.columns(row.recordId);
      const values = row.alive
        ? state?.alive !== true ||
          isDirty(state) ||
          state.schemaRev !== schemaRev ||
          !sameLeaves(state.leaves, JSON.parse(row.payload) as Leaves)
        : state?.alive === true;
      const other = row.alive && columns !== null && !sameColumns(columns, row.columns);
      if (values || other) found.push({ recordId: row.recordId, columnsOnly: !values });
    }
    return Promise.resolve(found);
  }

  digests(object: MirroredObjectName, ranges: readonly RecordRange[]): Promise<readonly RangeDigest[]> {
    return Promise.resolve(
      ranges.map((range) => {
        const living = this.#living(object, range);
        const times = living.map(({ leaves }) => String(leaves['LastModifiedDate'] ?? '')).sort();
        return { count: living.length, newest: times.at(-1) ?? null };
      }),
    );
  }

  rangesOf(
    object: MirroredObjectName,
    rows: number,
    within: RecordRange = { fromId: null, toId: null },
  ): Promise<readonly RecordRange[]> {
    const ids = this.#living(object, within)
      .map(({ recordId }) => recordId)
      .sort();
    const cuts = [within.fromId, ...ids.filter((_, i) => i > 0 && i % rows === 0), within.toId];
    return Promise.resolve(cuts.slice(1).map((toId, i) => ({ fromId: cuts[i] ?? null, toId })));
  }

  dropUnlisted(): Promise<{ readonly cleaned: number; readonly next: string | null }> {
    return Promise.resolve({ cleaned: 0, next: null });
  }

  #living(object: MirroredObjectName, { fromId, toId }: RecordRange) {
    return [...this.#shadow.all()]
      .map(({ state }) => state)
      .filter(
        ({ alive, object: own, recordId }) =>
          own === object &&
          alive &&
          (fromId === null || recordId >= fromId) &&
          (toId === null || recordId < toId),
      );
  }
}

function sameLeaves(a: Leaves, b: Leaves): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => (a[name] ?? null) === (b[name] ?? null));
}

function sameColumns(here: ColumnValues, there: ColumnValues | null): boolean {
  if (there === null) return false;
  const text = (name: string, value: string | boolean | null | undefined): string =>
    name === 'unit_price' ? canonicalDecimal(String(value)) : String(value);
  return Object.keys(here).every((name) => text(name, here[name]) === text(name, there[name]));
}
