import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import type { SchemaEngine } from '@prisma/schema-engine-wasm';
import { UmbraError } from '@umbra/domain';
import pg from 'pg';
import {
  listMigrations,
  lockMigrations,
  migrationsFolder,
  POSTGRES_FLOOR,
  refuseForeignSchema,
  requireServerVersion,
  schemaState,
  type Migration,
} from './migrations.ts';
import { script } from './sql.ts';
import { translateStoreError } from './translate-error.ts';

export interface MigrateOptions {
  readonly databaseUrl: string;
  /** Default: `prisma/migrations` of this release. */
  readonly folder?: string;
  /** Oldest major version of PostgreSQL that will do. */
  readonly floor?: number;
}

/**
 * Brings the database to the schema of this release. Any number of processes may call it at once: one works, the
 * others wait for it and find nothing left to do.
 *
 * Prisma's own engine applies the scripts and keeps its ledger `_prisma_migrations`; it is the WebAssembly build, so
 * that nothing is downloaded for a platform.
 * @returns names of the migrations applied, in order
 * @throws UmbraError STORE_TOO_OLD, STORE_SCHEMA_NEWER, STORE_MIGRATION_FAILED; STORE_UNAVAILABLE and the like when
 *   the database cannot be reached
 */
export async function migrate(options: MigrateOptions): Promise<readonly string[]> {
  const folder = options.folder ?? migrationsFolder();
  const migrations = listMigrations(folder);
  const client = new pg.Client({
    connectionString: options.databaseUrl,
    application_name: 'umbra-migrate',
    connectionTimeoutMillis: 10_000,
  });
  // The query that fails reports it; without a listener a server going away would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect().catch((error: unknown) => {
      throw translateStoreError(error);
    });
    await requireServerVersion(client, options.floor ?? POSTGRES_FLOOR);
    await lockMigrations(client);
    const state = await schemaState(client, migrations);
    refuseForeignSchema(state);
    if (state.kind === 'current') return [];
    const interrupted = state.kind === 'interrupted' ? state.names : [];
    return await applyMigrations(options.databaseUrl, migrationList(folder, migrations), interrupted);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function applyMigrations(
  databaseUrl: string,
  migrationsList: ReturnType<typeof migrationList>,
  interrupted: readonly string[],
): Promise<readonly string[]> {
  const pool = new pg.Pool({ connectionString: databaseUrl, application_name: 'umbra-migrate', max: 2 });
  pool.on('error', () => undefined);
  const { factory, refusal } = wholeScripts(pool);
  const engine = await openSchemaEngine(bindMigrationAwareSqlAdapterFactory(factory));
  try {
    // A script runs as one transaction, so an unfinished one left nothing behind but its entry in the ledger.
    for (const migrationName of interrupted) await engine.markMigrationRolledBack({ migrationName });
    const { appliedMigrationNames } = await engine.applyMigrations({
      migrationsList,
      filters: { externalTables: [], externalEnums: [] },
    });
    return appliedMigrationNames;
  } catch (error) {
    const cause = translateStoreError(refusal() ?? error);
    if (cause.kind === 'unavailable') throw cause;
    throw new UmbraError('STORE_MIGRATION_FAILED', 'a migration could not be applied', {
      cause: refusal() ?? error,
      details: cause.details,
    });
  } finally {
    engine.free();
    await pool.end();
  }
}

/**
 * Prisma's adapter cuts a script at every semicolon, quoted ones and function bodies included, and commits piece by
 * piece: a migration that fails would leave its first half behind. PostgreSQL takes the whole script in one message
 * and runs it as one transaction.
 */
function wholeScripts(pool: pg.Pool) {
  let refusal: unknown;
  const factory = new PrismaPg(pool);
  const connect = factory.connect.bind(factory);
  factory.connect = async () =>
    Object.assign(await connect(), {
      executeScript: async (text: string) => {
        try {
          await pool.query(script(text));
        } catch (error) {
          refusal = error;
          throw error;
        }
      },
    });
  return { factory, refusal: () => refusal };
}

function migrationList(folder: string, migrations: readonly Migration[]) {
  return {
    baseDir: folder,
    lockfile: {
      path: 'migration_lock.toml',
      content: readFileSync(join(folder, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, script }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: script } },
    })),
  };
}

/** TypeScript describes this global only together with a browser's. */
const { WebAssembly: webAssembly } = globalThis as unknown as {
  WebAssembly: {
    compile(bytes: Uint8Array): Promise<object>;
    instantiate(module: object, imports: object): Promise<{ exports: { __wbindgen_start(): void } }>;
  };
};

export async function openSchemaEngine(
  adapter: ReturnType<typeof bindMigrationAwareSqlAdapterFactory>,
): Promise<SchemaEngine> {
  bindings ??= loadBindings();
  const { SchemaEngine: Engine } = await bindings;
  return Engine.new({ datamodels: undefined }, () => undefined, adapter);
}

/** One instance for the process: the bindings know a single one, and a second would pull it away from under the first. */
let bindings: ReturnType<typeof loadBindings> | undefined;

/** The engine's own entry point imports the .wasm file as a module, which bundlers and test runners cannot do. */
async function loadBindings() {
  // Where the engine says why it panics, just before it does.
  const panics = { set_message: (message: string) => raise(`Prisma's schema engine panicked: ${message}`) };
  Object.assign(globalThis, { PRISMA_WASM_PANIC_REGISTRY: panics });
  const loaded = await import('@prisma/schema-engine-wasm/schema_engine_bg');
  const folder = dirname(
    createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg'),
  );
  const wasm = await webAssembly.compile(readFileSync(join(folder, 'schema_engine_bg.wasm')));
  const imports = Object.fromEntries(Object.entries(loaded).map(withoutWaiting));
  const { exports } = await webAssembly.instantiate(wasm, { './schema_engine_bg.js': imports });
  loaded.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  return loaded;
}

/** The engine gives its lock ten seconds and never stops that clock; nobody should have to wait for it at the end. */
function withoutWaiting([name, imported]: [string, unknown]): [string, unknown] {
  if (!name.startsWith('__wbg_setTimeout_')) return [name, imported];
  return [name, (callback: () => void, ms: number) => setTimeout(callback, ms).unref()];
}

function raise(message: string): never {
  throw new UmbraError('STORE_MIGRATION_FAILED', message);
}
