import type { ObjectSchema, Schema } from '../../org/schema.ts';
import { apiError, malformedQuery } from '../http/api-error.ts';
import type { OrderKey, SelectItem, SoqlQuery } from './ast.ts';
import { PathBinder, type BoundPath } from './bind-path.ts';
import { isFilterable, isGroupable, isNumeric, isSortable } from './filterable.ts';
import { parseSoql } from './parse.ts';
import { at } from './position.ts';

export type AggregateFunction = 'COUNT' | 'COUNT_DISTINCT' | 'MIN' | 'MAX' | 'SUM' | 'AVG';

/** One output of an aggregate query, under its alias, its field name or `exprN`. */
export type AggregateColumn =
  | { readonly kind: 'group'; readonly key: string; readonly path: BoundPath }
  | {
      readonly kind: 'aggregate';
      readonly key: string;
      readonly fn: AggregateFunction;
      /** Absent for `COUNT(Id)`-like counting of rows. */
      readonly path: BoundPath | undefined;
    };

/** A statement whose every name has been found in the org's schema. */
export interface Statement {
  readonly query: SoqlQuery;
  readonly object: ObjectSchema;
  readonly binder: PathBinder;
  readonly shape:
    | { readonly kind: 'rows'; readonly columns: readonly BoundPath[] }
    /** `SELECT COUNT() FROM X`: only `totalSize`, no records. */
    | { readonly kind: 'count' }
    | {
        readonly kind: 'aggregate';
        readonly columns: readonly AggregateColumn[];
        readonly groupBy: readonly BoundPath[];
      };
}

/**
 * Parses and binds a statement.
 * @throws ApiError 400 `MALFORMED_QUERY`, `INVALID_TYPE`, `INVALID_FIELD` with Salesforce's texts
 */
export function prepareStatement(text: string, schema: Schema): Statement {
  return bindStatement(parseSoql(text), schema);
}

export function bindStatement(query: SoqlQuery, schema: Schema): Statement {
  const object = schema.object(query.object);
  if (object === undefined)
    throw apiError(
      400,
      'INVALID_TYPE',
      at(
        query.text,
        query.object,
        `sObject type '${query.object}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names.`,
      ),
    );
  const binder = new PathBinder(schema, object, query.alias, query.text);
  const isAggregate = query.groupBy.length > 0 || query.select.some((item) => item.kind === 'function');
  const shape = isAggregate ? aggregateShape(query, binder) : rowShape(query, binder, schema, object);
  if (shape.kind === 'rows') for (const key of query.orderBy) sortPath(key, binder);
  return { query, object, binder, shape };
}

function rowShape(
  query: SoqlQuery,
  binder: PathBinder,
  schema: Schema,
  object: ObjectSchema,
): Statement['shape'] {
  if (query.having !== undefined) throw malformedQuery('HAVING requires a GROUP BY');
  const columns = query.select.flatMap((item): BoundPath[] => {
    if (item.kind === 'fields') return fieldGroup(item.group, query, binder, schema, object);
    if (item.kind === 'function') return [];
    if (item.alias !== undefined) throw malformedQuery('only aggregate expressions use field aliasing');
    return [binder.bind(item.path)];
  });
  const seen = new Set<string>();
  for (const { path } of columns) {
    if (seen.has(path)) throw malformedQuery(`duplicate field selected: ${path}`);
    seen.add(path);
  }
  return { kind: 'rows', columns };
}

function fieldGroup(
  group: 'ALL' | 'STANDARD' | 'CUSTOM',
  query: SoqlQuery,
  binder: PathBinder,
  schema: Schema,
  object: ObjectSchema,
): BoundPath[] {
  if (group !== 'STANDARD' && (query.limit === undefined || query.limit > 200))
    throw malformedQuery('The SOQL FIELDS function must have a LIMIT of at most 200');
  return object.fields
    .filter((field) => !schema.isHidden(object.name, field.name))
    .filter((field) => group === 'ALL' || field.custom === (group === 'CUSTOM'))
    .map((field) => binder.bind(field.name));
}

const aggregateFunctions: ReadonlySet<string> = new Set([
  'COUNT',
  'COUNT_DISTINCT',
  'MIN',
  'MAX',
  'SUM',
  'AVG',
]);

export const isAggregateFunction = (name: string): name is AggregateFunction => aggregateFunctions.has(name);

function aggregateShape(query: SoqlQuery, binder: PathBinder): Statement['shape'] {
  const [only] = query.select;
  if (only?.kind === 'function' && only.name === 'COUNT' && only.path === undefined) {
    if (query.select.length > 1 || query.groupBy.length > 0)
      throw malformedQuery('COUNT() must be the only element in the SELECT list');
    return { kind: 'count' };
  }
  const groupBy = query.groupBy.map((key) => {
    if (key.kind === 'function') throw unknownFunction(key.name);
    const path = binder.bind(key.path);
    if (!isGroupable(path.field))
      throw malformedQuery(`field '${path.path}' can not be grouped in a query call`);
    return path;
  });
  let unnamed = 0;
  const columns = query.select.map((item): AggregateColumn => {
    const column = aggregateColumn(item, groupBy, binder, () => `expr${unnamed++}`);
    return column;
  });
  return { kind: 'aggregate', columns, groupBy };
}

function aggregateColumn(
  item: SelectItem,
  groupBy: readonly BoundPath[],
  binder: PathBinder,
  nextKey: () => string,
): AggregateColumn {
  if (item.kind === 'fields') throw malformedQuery('FIELDS() cannot be used with GROUP BY');
  if (item.kind === 'path') {
    const path = binder.bind(item.path);
    if (!groupBy.some((key) => key.path === path.path))
      throw malformedQuery(`Field must be grouped or aggregated: ${path.path}`);
    return { kind: 'group', key: item.alias ?? path.field.name, path };
  }
  return { kind: 'aggregate', key: item.alias ?? nextKey(), ...aggregateOf(item.name, item.path, binder) };
}

/** @throws ApiError for an unknown function, or one that its field does not allow */
export function aggregateOf(
  name: string,
  path: string | undefined,
  binder: PathBinder,
): { fn: AggregateFunction; path: BoundPath | undefined } {
  if (!isAggregateFunction(name)) throw unknownFunction(name);
  if (path === undefined) throw malformedQuery(`unexpected token: ')'`);
  const bound = binder.bind(path);
  const needsNumber = name === 'SUM' || name === 'AVG';
  if (
    !isFilterable(bound.field) ||
    (needsNumber && !isNumeric(bound.field)) ||
    (bound.field.type === 'boolean' && name !== 'COUNT')
  )
    throw malformedQuery(`field ${bound.path} does not support aggregate operator ${name}`);
  return { fn: name, path: bound };
}

const unknownFunction = (name: string): Error =>
  apiError(501, 'NOT_IMPLEMENTED', `The simulator does not implement the function ${name} in SOQL.`);

/** The sort key of a row query. */
export function sortPath(key: OrderKey, binder: PathBinder): BoundPath {
  if (key.on.kind === 'function') throw malformedQuery('Grouped query expected: ORDER BY names an aggregate');
  const path = binder.bind(key.on.path);
  if (!isSortable(path.field)) throw malformedQuery(`field '${path.path}' can not be sorted in a query call`);
  return path;
}
