/**
 * The only place where SQL text is put together. A statement is a `sql` template; what is interpolated is SQL itself:
 * a quoted name or another template, never a value. Values travel beside the text as `$1, $2, …`, so nothing that
 * Salesforce or a caller sends can become part of a statement.
 *
 * Everything that executes SQL takes the branded type made here. A plain string does not compile there.
 */
declare const checked: unique symbol;
export type Sql = string & { readonly [checked]: true };

export function sql(text: TemplateStringsArray, ...parts: readonly Sql[]): Sql {
  return String.raw(text, ...parts) as Sql;
}

/**
 * A quoted name of a table or column.
 * @throws RangeError for the empty name and for a name that PostgreSQL would cut (63 bytes) or refuse
 */
export function identifier(name: string): Sql {
  if (!/^[\x20-\x7e]{1,63}$/.test(name)) throw new RangeError('not a PostgreSQL identifier');
  return `"${name.replaceAll('"', '""')}"` as Sql;
}

/** The parts one after another, between them a comma or the given separator. */
export function joined(parts: readonly Sql[], separator: Sql = ', ' as Sql): Sql {
  return parts.join(separator) as Sql;
}

/** The n-th value of the statement, counted from 1. */
export function parameter(position: number): Sql {
  if (!Number.isSafeInteger(position) || position < 1) throw new RangeError('positions start at 1');
  return `$${position}` as Sql;
}

/** The statements of a migration file or the like: text of ours that is run as it stands. */
export function script(text: string): Sql {
  return text as Sql;
}
