import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { openSchemaEngine } from '../src/migrate.ts';
import { migrationsFolder } from '../src/migrations.ts';

const CHAR_OID = 18;
const TEXT_OID = 25;

/** The SQL by which Prisma would turn the database into what its models say; undefined when there is nothing to do. */
export async function prismaDrift(url: string): Promise<string | undefined> {
  const configDir = join(migrationsFolder(), '..', 'schema');
  const files = readdirSync(configDir).map((name) => {
    return { path: join(configDir, name), content: readFileSync(join(configDir, name), 'utf8') };
  });
  const pool = new pg.Pool({ connectionString: url });
  const engine = await openSchemaEngine(bindMigrationAwareSqlAdapterFactory(describingAdapter(pool)));
  try {
    const { stdout } = await engine.diff({
      from: { tag: 'schemaDatasource', files, configDir },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    });
    const script = stdout?.trim();
    return script === '-- This is an empty migration.' ? undefined : script;
  } finally {
    engine.free();
    await pool.end();
  }
}

/**
 * Prisma's engine reads columns of the internal type "char" from the catalogue, and Prisma's adapter for pg does not
 * know that type: here they pass the adapter as text and reach the engine as what they are.
 */
function describingAdapter(pool: pg.Pool): PrismaPg {
  let chars: number[] = [];
  const send = pool.query.bind(pool) as (...args: unknown[]) => Promise<pg.QueryArrayResult>;
  const patched = async (...args: unknown[]) => {
    const result = await send(...args);
    chars = result.fields.flatMap(({ dataTypeID }, index) => (dataTypeID === CHAR_OID ? [index] : []));
    for (const index of chars) Object.assign(result.fields[index] ?? {}, { dataTypeID: TEXT_OID });
    return result;
  };
  Object.assign(pool, { query: patched });
  const factory = new PrismaPg(pool);
  const connect = factory.connect.bind(factory);
  factory.connect = async () => {
    const adapter = await connect();
    const queryRaw = adapter.queryRaw.bind(adapter);
    adapter.queryRaw = async (query) => {
      const result = await queryRaw(query);
      for (const index of chars) result.columnTypes[index] = ColumnTypeEnum.Character;
      return result;
    };
    return adapter;
  };
  return factory;
}
