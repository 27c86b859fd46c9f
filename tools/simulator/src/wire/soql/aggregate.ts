import type { SfValue } from '../../org/record.ts';
import { apiError, malformedQuery } from '../http/api-error.ts';
import type { Operand } from './ast.ts';
import { Breather } from './breather.ts';
import { scan, type QueryScope } from './find-rows.ts';
import { rowTest, type Reader } from './predicate.ts';
import { sortRows } from './row-order.ts';
import { aggregateOf, type AggregateColumn, type AggregateFunction, type Statement } from './statement.ts';
import { kindOf } from './value-test.ts';

/** An aggregate answer has no locator, so it must fit one page. */
const MAX_GROUPS = 2_000;

/** One value in the making. */
interface Accumulator {
  add(value: SfValue): void;
  result(): SfValue;
}

function accumulator(fn: AggregateFunction): Accumulator {
  let count = 0;
  let sum = 0;
  let best: SfValue = null;
  const distinct = new Set<SfValue>();
  return {
    add(value) {
      if (value === null) return;
      count += 1;
      if (fn === 'COUNT_DISTINCT') distinct.add(typeof value === 'string' ? value.toLowerCase() : value);
      else if (fn === 'SUM' || fn === 'AVG') sum += Number(value);
      else if (fn === 'MIN') best = best === null || value < best ? value : best;
      else if (fn === 'MAX') best = best === null || value > best ? value : best;
    },
    result() {
      if (fn === 'COUNT') return count;
      if (fn === 'COUNT_DISTINCT') return distinct.size;
      if (fn === 'MIN' || fn === 'MAX') return best;
      if (count === 0) return null;
      return fn === 'SUM' ? sum : sum / count;
    },
  };
}

interface Group {
  readonly keys: readonly SfValue[];
  readonly accumulators: readonly Accumulator[];
}

/** A value computed per group: what SELECT, HAVING and ORDER BY may name. */
type Computed = Pick<Extract<AggregateColumn, { kind: 'aggregate' }>, 'fn' | 'path'>;

/** Groups the matching rows and answers one record per group, in the order and number asked for. */
export async function aggregateRows(
  statement: Statement,
  scope: QueryScope,
): Promise<Record<string, SfValue>[]> {
  const { shape, query } = statement;
  if (shape.kind !== 'aggregate') throw new Error('not an aggregate statement');
  const computed: Computed[] = [];
  const computedAt = (wanted: Computed): number => {
    const known = computed.findIndex((one) => one.fn === wanted.fn && one.path?.path === wanted.path?.path);
    return known >= 0 ? known : computed.push(wanted) - 1;
  };
  const groups: Group[] = [];
  const reader = (operand: Operand): Reader => groupReader(operand, statement, groups, computedAt);
  const outputs = shape.columns.map((column) => ({
    key: column.key,
    read: reader(
      column.kind === 'group'
        ? { kind: 'path', path: column.path.path }
        : { kind: 'function', name: column.fn, path: column.path?.path ?? 'Id' },
    ).read,
  }));
  const orderBy = query.orderBy.map((key) => ({ ...key, read: reader(key.on).read }));
  const having =
    query.having === undefined
      ? undefined
      : rowTest(query.having, { reader, innerValues: new Map(), now: scope.snapshot.at });
  await collect(statement, scope, computed, groups);

  let rows = groups.map((_, index) => index);
  if (having !== undefined) rows = rows.filter(having);
  const offset = query.offset ?? 0;
  const keep = query.limit === undefined ? Infinity : query.limit + offset;
  const kept = (orderBy.length === 0 ? rows.slice(0, keep) : await sortRows(rows, orderBy, keep)).slice(
    offset,
  );
  if (kept.length > MAX_GROUPS)
    throw apiError(
      400,
      'EXCEEDED_ID_LIMIT',
      'Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch',
    );
  return kept.map((row) => Object.fromEntries(outputs.map(({ key, read }) => [key, read(row)])));
}

function groupReader(
  operand: Operand,
  statement: Statement,
  groups: readonly Group[],
  computedAt: (wanted: Computed) => number,
): Reader {
  const { shape, binder } = statement;
  const groupBy = shape.kind === 'aggregate' ? shape.groupBy : [];
  if (operand.kind === 'function') {
    const wanted = aggregateOf(operand.name, operand.path, binder);
    const index = computedAt(wanted);
    const isCount = wanted.fn !== 'MIN' && wanted.fn !== 'MAX';
    return {
      name: operand.name,
      kind: isCount || wanted.path === undefined ? 'number' : kindOf(wanted.path.field),
      isMultiSelect: false,
      read: (row) => groups[row]?.accumulators[index]?.result() ?? null,
    };
  }
  const path = binder.bind(operand.path);
  const index = groupBy.findIndex((key) => key.path === path.path);
  if (index < 0) throw malformedQuery(`Field must be grouped or aggregated: ${path.path}`);
  return {
    name: path.path,
    kind: kindOf(path.field),
    isMultiSelect: false,
    read: (row) => groups[row]?.keys[index] ?? null,
  };
}

/** Fills `groups`; one group without GROUP BY, even over no rows. */
async function collect(
  statement: Statement,
  scope: QueryScope,
  computed: readonly Computed[],
  groups: Group[],
): Promise<void> {
  const table = scope.snapshot.table(statement.object.name);
  const groupBy = statement.shape.kind === 'aggregate' ? statement.shape.groupBy : [];
  const keyReaders = groupBy.map(({ path }) => table.column(path));
  const valueReaders = computed.map(({ path }) => table.column(path?.path ?? 'Id'));
  const byKey = new Map<string, Group>();
  const groupOf = (keys: readonly SfValue[]): Group => {
    const id = JSON.stringify(keys.map((key) => (typeof key === 'string' ? key.toLowerCase() : key)));
    let group = byKey.get(id);
    if (group === undefined) {
      group = { keys, accumulators: computed.map(({ fn }) => accumulator(fn)) };
      byKey.set(id, group);
      groups.push(group);
    }
    return group;
  };
  if (groupBy.length === 0) groupOf([]);
  const breather = new Breather();
  for (const ordinal of await scan(statement, scope, Infinity)) {
    const group = groupOf(keyReaders.map((read) => read(ordinal)));
    for (const [i, read] of valueReaders.entries()) group.accumulators[i]?.add(read(ordinal));
    if (ordinal % 256 === 0 && breather.isDue) await breather.breathe();
  }
}
