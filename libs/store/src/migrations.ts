import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UmbraError } from '@umbra/domain';
import { execute, query, type Connection } from './connection-pool.ts';
import { sql } from './sql.ts';

/** Oldest major version of PostgreSQL that the statements are written for. */
export const POSTGRES_FLOOR = 15;

export interface Migration {
  /** `<timestamp>_<name>`, the folder. */
  readonly name: string;
  readonly script: string;
  /** SHA-256 of the file, as Prisma records it. */
  readonly checksum: string;
}

/** Where the database stands, seen from this release. */
export type SchemaState =
  | { readonly kind: 'current' }
  | { readonly kind: 'behind'; readonly missing: readonly string[] }
  | { readonly kind: 'newer'; readonly unknown: readonly string[] }
  /** A migration was edited after it had been applied. */
  | { readonly kind: 'edited'; readonly names: readonly string[] }
  /** The process that applied it was killed, or PostgreSQL refused the script: nothing of it remains. */
  | { readonly kind: 'interrupted'; readonly names: readonly string[] };

/** `prisma/migrations` of this release: beside the sources, and beside the bundles of `dist`. */
export function migrationsFolder(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const candidate = join(folder, 'prisma', 'migrations');
    if (existsSync(join(candidate, 'migration_lock.toml'))) return candidate;
    if (folder === dirname(folder)) {
      throw new UmbraError(
        'STORE_MIGRATION_FAILED',
        'the folder prisma/migrations is not part of this release',
      );
    }
  }
}

/** The migrations of this release, in the order in which they apply. */
export function listMigrations(folder: string = migrationsFolder()): readonly Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => {
      const script = readFileSync(join(folder, name, 'migration.sql'), 'utf8');
      return { name, script, checksum: createHash('sha256').update(script).digest('hex') };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

interface AppliedMigration {
  readonly name: string;
  readonly checksum: string;
  readonly finished: boolean;
}

/** Compares what has been applied with what this release knows. */
export async function schemaState(
  connection: Connection,
  migrations: readonly Migration[] = listMigrations(),
): Promise<SchemaState> {
  const applied = await appliedMigrations(connection);
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  const unknown = applied.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  if (unknown.length > 0) return { kind: 'newer', unknown };
  const unfinished = applied.filter(({ finished }) => !finished);
  if (unfinished.length > 0) return { kind: 'interrupted', names: unfinished.map(({ name }) => name) };
  const edited = applied.filter(({ name, checksum }) => known.get(name)?.checksum !== checksum);
  if (edited.length > 0) return { kind: 'edited', names: edited.map(({ name }) => name) };
  const done = new Set(applied.map(({ name }) => name));
  const missing = migrations.filter(({ name }) => !done.has(name)).map(({ name }) => name);
  return missing.length > 0 ? { kind: 'behind', missing } : { kind: 'current' };
}

async function appliedMigrations(connection: Connection): Promise<AppliedMigration[]> {
  const [table] = await query<{ known: boolean }>(
    connection,
    sql`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS known`,
  );
  if (table?.known !== true) return [];
  return query<AppliedMigration>(
    connection,
    sql`SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
        FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY started_at`,
  );
}

/**
 * Refuses to work on a schema that is not this release's.
 * @throws UmbraError STORE_SCHEMA_BEHIND, STORE_SCHEMA_NEWER or STORE_MIGRATION_FAILED
 */
export async function requireCurrentSchema(connection: Connection): Promise<void> {
  const state = await schemaState(connection);
  if (state.kind === 'behind' || state.kind === 'interrupted') {
    throw new UmbraError('STORE_SCHEMA_BEHIND', 'the database lacks migrations of this release', {
      details: { migrations: state.kind === 'behind' ? state.missing : state.names },
    });
  }
  refuseForeignSchema(state);
}

/** @throws UmbraError STORE_SCHEMA_NEWER or STORE_MIGRATION_FAILED */
export function refuseForeignSchema(state: SchemaState): void {
  if (state.kind === 'newer') {
    throw new UmbraError(
      'STORE_SCHEMA_NEWER',
      'the database has migrations that this release does not know',
      {
        details: { migrations: state.unknown },
      },
    );
  }
  if (state.kind === 'edited') {
    throw new UmbraError('STORE_MIGRATION_FAILED', 'applied migrations differ from those of this release', {
      details: { migrations: state.names },
    });
  }
}

/**
 * @param floor oldest major version that will do
 * @throws UmbraError STORE_TOO_OLD
 */
export async function requireServerVersion(
  connection: Connection,
  floor: number = POSTGRES_FLOOR,
): Promise<void> {
  const [server] = await query<{ version: number }>(
    connection,
    sql`SELECT current_setting('server_version_num')::int AS version`,
  );
  const major = Math.floor((server?.version ?? 0) / 10_000);
  if (major < floor) {
    throw new UmbraError('STORE_TOO_OLD', `PostgreSQL ${major} is older than ${floor}`, {
      details: { found: major, required: floor },
    });
  }
}

/** Keeps a second starter waiting until the first has migrated. Released with the connection, whatever happens. */
export async function lockMigrations(connection: Connection): Promise<void> {
  // The letters "sf_migr" as a number: any constant that nobody else uses for a single-key lock will do.
  await execute(connection, sql`SELECT pg_advisory_lock(32482182365276018)`);
}
