import type { SfValue } from '../../org/record.ts';
import type { Schema } from '../../org/schema.ts';
import type { Snapshot, TableView } from '../../org/table-view.ts';
import { apiError } from '../http/api-error.ts';
import type { Operand, SoqlQuery } from './ast.ts';
import { Breather } from './breather.ts';
import { candidatesFor } from './candidates.ts';
import { isFilterable } from './filterable.ts';
import { innerQueries, rowTest, type Reader, type RowTest } from './predicate.ts';
import { sortRows } from './row-order.ts';
import { bindStatement, sortPath, type Statement } from './statement.ts';
import { kindOf } from './value-test.ts';

export interface QueryScope {
  readonly schema: Schema;
  readonly snapshot: Snapshot;
  /** queryAll: rows in the recycle bin count too. */
  readonly all: boolean;
}

/** The WHERE clause over one table of the scope's snapshot; undefined when the statement has none. */
export async function whereTest(statement: Statement, scope: QueryScope): Promise<RowTest | undefined> {
  const { where } = statement.query;
  if (where === undefined) return undefined;
  const innerValues = new Map<SoqlQuery, ReadonlySet<SfValue>>();
  for (const query of innerQueries(where)) innerValues.set(query, await innerResult(query, scope));
  const table = scope.snapshot.table(statement.object.name);
  return rowTest(where, {
    reader: (operand) => columnReader(operand, statement, table),
    innerValues,
    now: scope.snapshot.at,
  });
}

function columnReader(operand: Operand, statement: Statement, table: TableView): Reader {
  if (operand.kind === 'function')
    throw apiError(
      501,
      'NOT_IMPLEMENTED',
      `The simulator does not implement the function ${operand.name} in SOQL.`,
    );
  const { path, field } = statement.binder.bind(operand.path);
  if (!isFilterable(field))
    throw statement.binder.invalidField(operand.path, `field '${path}' can not be filtered in a query call`);
  return {
    name: path,
    kind: kindOf(field),
    isMultiSelect: field.type === 'multipicklist',
    read: table.column(path),
  };
}

async function innerResult(query: SoqlQuery, scope: QueryScope): Promise<ReadonlySet<SfValue>> {
  const statement = bindStatement(query, scope.schema);
  const { shape } = statement;
  const column = shape.kind === 'rows' && shape.columns.length === 1 ? shape.columns[0] : undefined;
  if (column === undefined)
    throw apiError(400, 'MALFORMED_QUERY', 'The inner select of a semi join must select exactly one field');
  const read = scope.snapshot.table(statement.object.name).column(column.path);
  const values = new Set<SfValue>();
  for (const ordinal of await findRows(statement, scope)) values.add(read(ordinal));
  return values;
}

/**
 * Ordinals of the rows that a row query answers, in its order, OFFSET and LIMIT applied. Without ORDER BY rows come
 * in Id order.
 */
export async function findRows(statement: Statement, scope: QueryScope): Promise<readonly number[]> {
  const { query } = statement;
  const offset = query.offset ?? 0;
  const keep = query.limit === undefined ? Infinity : query.limit + offset;
  const keys =
    statement.shape.kind === 'rows'
      ? query.orderBy.map((key) => ({ key, path: sortPath(key, statement.binder) }))
      : [];
  // rows come in Id order anyway, so a sort by Id alone needs no sort, and a LIMIT then ends the scan early
  const isIdOrder = keys.length === 0 || (keys[0]?.path.path === 'Id' && !keys[0].key.descending);
  const matching = await scan(statement, scope, isIdOrder ? keep : Infinity);
  const table = scope.snapshot.table(statement.object.name);
  const ordered = isIdOrder
    ? matching
    : await sortRows(
        matching,
        keys.map(({ key, path }) => ({
          read: table.column(path.path),
          descending: key.descending,
          nullsLast: key.nullsLast,
        })),
        keep,
      );
  return offset === 0 ? ordered : ordered.slice(offset);
}

/** How many rows are looked at between two glances at the clock. */
const STRIDE = 256;

/** Matching ordinals in Id order, at most `limit` of them. */
export async function scan(statement: Statement, scope: QueryScope, limit: number): Promise<number[]> {
  const test = await whereTest(statement, scope);
  const table = scope.snapshot.table(statement.object.name);
  const candidates = candidatesFor(statement.query.where, {
    schema: scope.schema,
    object: statement.object,
    table,
    bind: (path) => statement.binder.bind(path),
  });
  const rows =
    candidates.kind === 'list'
      ? candidates.ordinals.filter((ordinal) => table.has(ordinal, scope.all))
      : table.ordinals(candidates, scope.all);
  const found: number[] = [];
  const breather = new Breather();
  let looked = 0;
  for (const ordinal of rows) {
    if (found.length >= limit) break;
    if (test === undefined || test(ordinal)) found.push(ordinal);
    if (++looked % STRIDE === 0 && breather.isDue) await breather.breathe();
  }
  return found;
}
