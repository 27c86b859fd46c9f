import { columnCell, type ColumnValues, type Leaves, type Projector, type StagedRow } from '@umbra/domain';

/** A row of a REST answer in the form in which rows of a Bulk page are compared and merged. */
export function stagedOfLeaves(projector: Projector, leaves: Leaves): StagedRow {
  const alive = leaves['IsDeleted'] !== true;
  const modified = leaves['SystemModstamp'];
  return {
    recordId: String(leaves['Id']),
    alive,
    payload: JSON.stringify(leaves),
    columns: alive ? columnsOf(projector, leaves) : null,
    srcModifiedAt: typeof modified === 'string' ? modified : null,
  };
}

/** The user's columns; null when the row's own values keep it out of its table. */
function columnsOf(projector: Projector, leaves: Leaves): ColumnValues | null {
  const columns: Record<string, string | boolean | null> = {};
  for (const column of projector.columns) {
    const cell = columnCell(column, leaves[column.leaf]);
    if ('reason' in cell) return null;
    columns[column.column] = cell.value;
  }
  return columns;
}
