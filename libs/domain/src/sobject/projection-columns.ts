import type { FieldMap } from './field-map.ts';
import type { MirroredObject, ShadowColumn } from './mirrored-object.ts';

/**
 * How merged leaves become the user's columns in this deployment: the field map, and the currency that an org without
 * currencies of its own (no `CurrencyIsoCode` field) sells in.
 */
export interface ProjectionRules {
  readonly fieldMap: FieldMap;
  /** `SF_DEFAULT_CURRENCY` of a single-currency org, else null. */
  readonly defaultCurrency: string | null;
}

/** A column of the shadow table with the leaf that feeds it in this deployment. */
export interface BoundColumn extends ShadowColumn {
  /** Stands in for a leaf without a value. */
  readonly fallback: string | null;
}

/** The columns of an object's shadow table, bound to leaves by the field map. */
export function bindColumns(object: MirroredObject, rules: ProjectionRules): readonly BoundColumn[] {
  const sections: Readonly<Record<string, Readonly<Record<string, string | undefined>> | undefined>> = {
    Product2: rules.fieldMap.Product2,
    Account: rules.fieldMap.Account,
  };
  return object.columns.map((column) => ({
    ...column,
    leaf: column.mapped === true ? (sections[object.name]?.[column.leaf] ?? column.leaf) : column.leaf,
    fallback: column.leaf === 'CurrencyIsoCode' ? rules.defaultCurrency : null,
  }));
}

/** Raised with every change of the rules of projection, so that stored columns are written anew. */
const RULES_REVISION = 1;

/**
 * Text that differs whenever an object's columns could come out differently from the same leaves. Its hash is stored;
 * another hash at start means that every record is projected anew from its stored copy.
 */
export function projectionText(object: MirroredObject, rules: ProjectionRules): string {
  return JSON.stringify([
    RULES_REVISION,
    bindColumns(object, rules).map((column) => [column.column, column.leaf, column.type, column.fallback]),
  ]);
}
