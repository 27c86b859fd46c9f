/** A row that may be behind: something happened to the record whose values no event told and no read has brought. */
interface MaybeDirty {
  readonly gapSince?: Date;
}

/** Commit times have whole seconds: a commit stamped with second s may lie anywhere in it. */
const RESOLUTION_MS = 1_000;

/** What an answer with these rows may claim, where `asOf` is proven for the clean ones. */
export function asOfWith(asOf: Date, rows: readonly MaybeDirty[]): Date {
  const bounds = rows.flatMap(({ gapSince }) =>
    gapSince === undefined ? [] : [gapSince.getTime() - RESOLUTION_MS],
  );
  return new Date(bounds.reduce((least, bound) => Math.min(least, bound), asOf.getTime()));
}
