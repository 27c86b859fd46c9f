import type { SfValue } from '../../org/record.ts';
import { apiError } from '../http/api-error.ts';
import type { Condition, Expression, Operand, SoqlQuery } from './ast.ts';
import { compareTest, includesTest, inTest, likeTest, type Subject, type ValueTest } from './value-test.ts';

/** Reads one operand of a row that is known by number: a record's ordinal, or a group's place. */
export interface Reader extends Subject {
  readonly read: (row: number) => SfValue;
  readonly isMultiSelect: boolean;
}

export interface PredicateContext {
  /** Binds an operand. Throws for names that are unknown or may not be filtered by. */
  readonly reader: (operand: Operand) => Reader;
  /** Values of a semi-join's inner query, evaluated beforehand. */
  readonly innerValues: ReadonlyMap<SoqlQuery, ReadonlySet<SfValue>>;
  /** The org's clock, epoch milliseconds: what TODAY means. */
  readonly now: number;
}

export type RowTest = (row: number) => boolean;

/** Two-valued logic, as in SOQL: a comparison with null is false, and NOT makes it true. */
export function rowTest(expression: Expression, context: PredicateContext): RowTest {
  switch (expression.kind) {
    case 'and': {
      const tests = expression.terms.map((term) => rowTest(term, context));
      return (row) => tests.every((test) => test(row));
    }
    case 'or': {
      const tests = expression.terms.map((term) => rowTest(term, context));
      return (row) => tests.some((test) => test(row));
    }
    case 'not': {
      const test = rowTest(expression.term, context);
      return (row) => !test(row);
    }
    default: {
      const reader = context.reader(expression.on);
      const { read } = reader;
      const test = valueTest(expression, reader, context);
      return (row) => test(read(row));
    }
  }
}

function valueTest(condition: Condition, reader: Reader, context: PredicateContext): ValueTest {
  switch (condition.kind) {
    case 'compare':
      return compareTest(reader, condition.operator, condition.value, context.now);
    case 'like':
      return likeTest(reader, condition.pattern);
    case 'in':
      return negatedIf(condition.negated, inTest(reader, condition.values, context.now));
    case 'includes':
      if (!reader.isMultiSelect)
        throw apiError(
          400,
          'INVALID_QUERY_FILTER_OPERATOR',
          `includes and excludes operators only work on multipicklist field: ${reader.name}`,
        );
      return negatedIf(condition.negated, includesTest(reader, condition.values));
    case 'semi-join': {
      const values = context.innerValues.get(condition.query) ?? new Set();
      return negatedIf(condition.negated, (value) => values.has(value));
    }
  }
}

const negatedIf = (negated: boolean, test: ValueTest): ValueTest =>
  negated ? (value) => !test(value) : test;

/** Every inner query of an expression. */
export function innerQueries(expression: Expression | undefined): SoqlQuery[] {
  if (expression === undefined) return [];
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.terms.flatMap(innerQueries);
    case 'not':
      return innerQueries(expression.term);
    case 'semi-join':
      return [expression.query];
    default:
      return [];
  }
}
