import type { Snapshot } from '../org/table-view.ts';

/** Rows per yielded piece: enough to be quick, few enough that other requests get their turn in between. */
const ROWS_PER_PIECE = 250;

/** One object of a snapshot as JSON lines: every leaf, in the form in which the REST API would answer it. */
export function* truthLines(
  snapshot: Snapshot,
  object: string,
  names: readonly string[],
  all: boolean,
): Generator<string, void> {
  const table = snapshot.table(object);
  const columns = names.map((name, index) => ({
    lead: `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`,
    read: table.column(name),
  }));
  let piece = '';
  let rows = 0;
  for (const ordinal of table.ordinals({}, all)) {
    for (const { lead, read } of columns) piece += lead + JSON.stringify(read(ordinal));
    piece += '}\n';
    rows += 1;
    if (rows % ROWS_PER_PIECE === 0) {
      yield piece;
      piece = '';
    }
  }
  if (piece !== '') yield piece;
}
