import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { migrate, writeSnapshot } from '@umbra/store';
import pg from 'pg';

/**
 * The schema that the migrations amount to, from a database made for this and dropped again.
 * @param servicesFile JSON file with the `databaseUrl` of a role that may create databases
 */
export async function schemaSnapshot(servicesFile: string): Promise<string> {
  const { databaseUrl } = JSON.parse(readFileSync(servicesFile, 'utf8')) as { databaseUrl: string };
  const admin = new pg.Client({ connectionString: databaseUrl });
  await admin.connect();
  const name = `snapshot_${randomBytes(4).toString('hex')}`;
  const statements = {
    create: `create database ${name}`,
    drop: `drop database if exists ${name} with (force)`,
  };
  try {
    await admin.query(statements.create);
    const url = new URL(databaseUrl);
    url.pathname = `/${name}`;
    await migrate({ databaseUrl: url.href });
    return await writeSnapshot(url.href);
  } finally {
    await admin.query(statements.drop);
    await admin.end();
  }
}
