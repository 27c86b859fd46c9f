import { lowerBoundOrdinal, ordinalOf, widenId } from '../../org/ids.ts';
import type { ObjectSchema, Schema } from '../../org/schema.ts';
import type { TableView } from '../../org/table-view.ts';
import type { Condition, Expression, Literal, Operand } from './ast.ts';
import type { BoundPath } from './bind-path.ts';

/**
 * The rows that can match a WHERE clause, found without looking at them: by id, through the index of a reference, by
 * a range of ids, or because they have changed since some moment. Always a superset; the predicate still decides each row.
 */
export type Candidates =
  /** Ascending and without repeats. */
  | { readonly kind: 'list'; readonly ordinals: readonly number[] }
  | { readonly kind: 'range'; readonly from: number; readonly to: number };

export interface CandidateContext {
  readonly schema: Schema;
  readonly object: ObjectSchema;
  readonly table: TableView;
  readonly bind: (path: string) => BoundPath;
}

export function candidatesFor(where: Expression | undefined, context: CandidateContext): Candidates {
  let best: Candidates = { kind: 'range', from: 1, to: context.table.maxOrdinal };
  for (const condition of conjuncts(where)) {
    const found = candidatesOf(condition, context);
    if (found !== undefined) best = narrower(best, found);
  }
  return best;
}

/** Conditions that every matching row fulfils. */
function conjuncts(expression: Expression | undefined): Condition[] {
  if (expression === undefined || expression.kind === 'or' || expression.kind === 'not') return [];
  return expression.kind === 'and' ? expression.terms.flatMap(conjuncts) : [expression];
}

function narrower(a: Candidates, b: Candidates): Candidates {
  if (a.kind === 'range' && b.kind === 'range')
    return { kind: 'range', from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) };
  if (a.kind === 'list' && b.kind === 'list') return a.ordinals.length <= b.ordinals.length ? a : b;
  return a.kind === 'list' ? a : b;
}

function candidatesOf(condition: Condition, context: CandidateContext): Candidates | undefined {
  const path = directPath(condition, context);
  if (path === undefined) return undefined;
  const isId = path.field.type === 'id';
  if (condition.kind === 'compare' && condition.operator === '=')
    return idList(path, [condition.value], isId, context);
  if (condition.kind === 'in' && !condition.negated) return idList(path, condition.values, isId, context);
  if (condition.kind === 'compare' && isId && condition.value.kind === 'string')
    return idRange(condition.operator, condition.value.value, context);
  if (condition.kind === 'compare' && path.field.name === 'SystemModstamp')
    return changedSince(condition.operator, condition.value, context.table);
  return undefined;
}

/** Only fields of the object itself have an index here. */
function directPath(condition: Condition, context: CandidateContext): BoundPath | undefined {
  const on: Operand = condition.on;
  if (on.kind !== 'path') return undefined;
  const path = context.bind(on.path);
  return path.steps.length === 0 ? path : undefined;
}

function idList(
  path: BoundPath,
  literals: readonly Literal[],
  isId: boolean,
  context: CandidateContext,
): Candidates | undefined {
  if (path.field.type !== 'id' && path.field.type !== 'reference') return undefined;
  const ordinals = new Set<number>();
  for (const literal of literals) {
    if (literal.kind !== 'string') return undefined;
    const wide = widenId(literal.value);
    if (wide === undefined) return undefined;
    const matching = isId ? ownOrdinal(wide, context) : childOrdinals(wide, path, context);
    if (matching === undefined) return undefined;
    for (const ordinal of matching) ordinals.add(ordinal);
  }
  return { kind: 'list', ordinals: [...ordinals].sort((a, b) => a - b) };
}

function ownOrdinal(id: string, context: CandidateContext): readonly number[] {
  const ordinal = ordinalOf(context.object.keyPrefix, id);
  return ordinal === undefined ? [] : [ordinal];
}

/** Undefined when this reference has no index. */
function childOrdinals(
  id: string,
  path: BoundPath,
  context: CandidateContext,
): readonly number[] | undefined {
  const parent = context.schema.objectByPrefix(id.slice(0, 3));
  if (parent === undefined || !(path.field.referenceTo ?? []).includes(parent.name)) return [];
  const ordinal = ordinalOf(parent.keyPrefix, id);
  return ordinal === undefined ? [] : context.table.children(ordinal, path.field.name);
}

function idRange(operator: string, id: string, context: CandidateContext): Candidates | undefined {
  const bound = lowerBoundOrdinal(context.object.keyPrefix, id);
  const { maxOrdinal } = context.table;
  switch (operator) {
    case '>':
      return { kind: 'range', from: Math.max(1, bound + 1), to: maxOrdinal };
    case '>=':
      return { kind: 'range', from: Math.max(1, bound), to: maxOrdinal };
    case '<':
      return { kind: 'range', from: 1, to: Math.min(maxOrdinal, bound - 1) };
    case '<=':
      return { kind: 'range', from: 1, to: Math.min(maxOrdinal, bound) };
    default:
      return undefined;
  }
}

function changedSince(operator: string, since: Literal, table: TableView): Candidates | undefined {
  if (since.kind !== 'datetime' || (operator !== '>' && operator !== '>=' && operator !== '='))
    return undefined;
  const ordinals = table.touchedSince(Date.parse(since.text));
  return ordinals === undefined ? undefined : { kind: 'list', ordinals };
}
