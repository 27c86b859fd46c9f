import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { testServices } from '../services.ts';
import { createDatabase, removeDatabase, renameDatabase } from './statements.ts';

/** Brings an empty database to the current schema. `migrate` of @umbra/store: adapters are not imported here. */
export type Migrate = (options: { databaseUrl: string }) => Promise<unknown>;

/**
 * What only test databases have: a clock that can be moved, and an alarm. Prices may leave their table by a statement
 * of their own, never by the cascade of a product's deletion: that would lose their versions.
 */
export const TEST_ONLY = `
  CREATE TABLE sf_test_clock (shift interval NOT NULL);
  INSERT INTO sf_test_clock VALUES ('0');
  CREATE OR REPLACE FUNCTION sf_now() RETURNS timestamptz LANGUAGE sql VOLATILE
    RETURN clock_timestamp() + (SELECT shift FROM sf_test_clock);
  CREATE FUNCTION sf_test_no_cascade() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF pg_trigger_depth() > 1 THEN
        RAISE EXCEPTION 'the foreign key cascade would remove %', OLD.pricebook_entry_id;
      END IF;
      RETURN OLD;
    END $$;
  CREATE TRIGGER sf_test_no_cascade BEFORE DELETE ON sf_pricebook_shadow
    FOR EACH ROW EXECUTE FUNCTION sf_test_no_cascade();`;

const made = new Map<string, Promise<string>>();

/**
 * Name of a database with the current schema, made by whoever comes first: other processes wait for it.
 * @param additions what it has besides: nothing, where programs meet it that know no tests
 */
export function ensureTemplate(migrate: Migrate, additions: string): Promise<string> {
  const known = made.get(additions) ?? makeTemplate(migrate, additions);
  made.set(additions, known);
  return known;
}

async function makeTemplate(migrate: Migrate, additions: string): Promise<string> {
  const name = `umbra_template_${schemaHash(additions)}`;
  const { databaseUrl } = testServices();
  await withClient(databaseUrl, async (client) => {
    await client.query(`SELECT pg_advisory_lock(hashtext('umbra test template'))`);
    const known = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (known.rowCount === 1) return;
    // Under another name until it is finished: one that a killed run left behind must not be taken for a template.
    const draft = `${name}_draft`;
    await client.query(removeDatabase(draft));
    await client.query(createDatabase(draft));
    await migrate({ databaseUrl: urlOf(draft) });
    await withClient(urlOf(draft), (inside) => inside.query(additions));
    await client.query(renameDatabase(draft, name));
  });
  return name;
}

/** The run's server, another database. */
export function urlOf(database: string): string {
  const url = new URL(testServices().databaseUrl);
  url.pathname = `/${database}`;
  return url.href;
}

export async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, application_name: 'umbra-testing' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Changes with every migration and with what is added to them here. */
function schemaHash(additions: string): string {
  const folder = migrationsFolder(import.meta.dirname);
  const hash = createHash('sha256').update(additions);
  for (const entry of readdirSync(folder, { withFileTypes: true }).toSorted(byName)) {
    if (entry.isDirectory()) hash.update(readFileSync(join(folder, entry.name, 'migration.sql')));
  }
  return hash.digest('hex').slice(0, 16);
}

function byName(one: { name: string }, other: { name: string }): number {
  return one.name < other.name ? -1 : 1;
}

function migrationsFolder(from: string): string {
  const candidate = join(from, 'prisma', 'migrations');
  if (existsSync(candidate)) return candidate;
  if (dirname(from) === from) throw new Error('prisma/migrations is not above this folder');
  return migrationsFolder(dirname(from));
}
