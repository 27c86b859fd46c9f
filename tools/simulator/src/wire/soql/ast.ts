/** The SOQL subset as data: what the parser yields and the binder checks. Names are as written by the caller. */

export type CompareOperator = '=' | '!=' | '<' | '<=' | '>' | '>=';

export type Literal =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'date'; readonly text: string }
  | { readonly kind: 'datetime'; readonly text: string }
  /** `TODAY`, `LAST_N_DAYS:7`; `n` only for the counted ones. */
  | { readonly kind: 'period'; readonly name: string; readonly n?: number };

/** `COUNT(Id)`: a function of at most one path, its name in capitals. */
export interface FunctionCall {
  readonly kind: 'function';
  readonly name: string;
  readonly path?: string;
}

/** What a condition, a sort key or a group looks at. */
export type Operand = { readonly kind: 'path'; readonly path: string } | FunctionCall;

export type Condition =
  | {
      readonly kind: 'compare';
      readonly on: Operand;
      readonly operator: CompareOperator;
      readonly value: Literal;
    }
  | { readonly kind: 'like'; readonly on: Operand; readonly pattern: Literal }
  | {
      readonly kind: 'in';
      readonly on: Operand;
      readonly negated: boolean;
      readonly values: readonly Literal[];
    }
  | {
      readonly kind: 'includes';
      readonly on: Operand;
      readonly negated: boolean;
      readonly values: readonly Literal[];
    }
  | {
      readonly kind: 'semi-join';
      readonly on: Operand;
      readonly negated: boolean;
      readonly query: SoqlQuery;
    };

export type Expression =
  | Condition
  | { readonly kind: 'and'; readonly terms: readonly Expression[] }
  | { readonly kind: 'or'; readonly terms: readonly Expression[] }
  | { readonly kind: 'not'; readonly term: Expression };

export type SelectItem =
  | { readonly kind: 'path'; readonly path: string; readonly alias?: string }
  | (FunctionCall & { readonly alias?: string })
  | { readonly kind: 'fields'; readonly group: 'ALL' | 'STANDARD' | 'CUSTOM' };

export interface OrderKey {
  readonly on: Operand;
  readonly descending: boolean;
  readonly nullsLast: boolean;
}

export interface SoqlQuery {
  /** The statement as sent, for the position in error messages. */
  readonly text: string;
  readonly object: string;
  readonly alias?: string;
  readonly select: readonly SelectItem[];
  readonly where?: Expression;
  readonly groupBy: readonly Operand[];
  readonly having?: Expression;
  readonly orderBy: readonly OrderKey[];
  readonly limit?: number;
  readonly offset?: number;
}
