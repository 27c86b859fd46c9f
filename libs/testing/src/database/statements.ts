import pg from 'pg';

/** Statements that name a database or a table that is known only when they run. Names are quoted here, nowhere else. */

const quote = (name: string): string => pg.escapeIdentifier(name);

/**
 * @param template copied file by file: for a database this small, several times faster than logging the copy
 */
export function createDatabase(name: string, template?: string): string {
  const copy = template === undefined ? '' : ` TEMPLATE ${quote(template)} STRATEGY file_copy`;
  return `CREATE DATABASE ${quote(name)}${copy}`;
}

export function renameDatabase(from: string, to: string): string {
  return `ALTER DATABASE ${quote(from)} RENAME TO ${quote(to)}`;
}

/** Fails while somebody is connected. */
export function dropDatabase(name: string): string {
  return `DROP DATABASE ${quote(name)}`;
}

/** Disconnects whoever is connected, and does not mind when there is no such database. */
export function removeDatabase(name: string): string {
  return `DROP DATABASE IF EXISTS ${quote(name)} WITH (FORCE)`;
}

/** Commands of this kind take no parameters. */
export function setPassword(role: string, password: string): string {
  return `ALTER ROLE ${quote(role)} PASSWORD ${pg.escapeLiteral(password)}`;
}

/** One row, its values as parameters in the order of the columns. */
export function insertInto(table: string, columns: readonly string[]): string {
  const places = columns.map((_, index) => `$${index + 1}`);
  return `INSERT INTO ${quote(table)} (${columns.map(quote).join(', ')}) VALUES (${places.join(', ')})`;
}
