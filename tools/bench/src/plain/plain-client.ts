import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { PrismaPg } from '@prisma/adapter-pg';

/** Where Prisma's client of the plain tables is generated; `plain.prisma` names the same folder. */
const folder = resolve('dist/bench');
const schema = 'tools/bench/prisma/plain.prisma';

/** Schema of the database that the plain tables stand in, beside Umbra's own. */
const plainSchema = 'plain';

interface Table<Row> {
  upsert(call: {
    readonly where: { readonly id: string };
    readonly create: Row;
    readonly update: Partial<Row>;
    readonly select: { readonly id: true };
  }): Promise<unknown>;
  deleteMany(call: { readonly where: { readonly id: string } }): Promise<unknown>;
  createMany(call: { readonly data: readonly Row[]; readonly skipDuplicates: boolean }): Promise<unknown>;
}

/** A row of any plain table: its key, its payload, and the columns that the field map fills. */
export type PlainRow = { readonly id: string; readonly payload: unknown } & Readonly<Record<string, unknown>>;

/** The part of the generated client that the plain design uses. */
export interface PlainClient {
  readonly product: Table<PlainRow>;
  readonly price: Table<PlainRow>;
  readonly account: Table<PlainRow>;
  readonly position: {
    upsert(call: {
      readonly where: { readonly topic: string };
      readonly create: { readonly topic: string; readonly replayId: Uint8Array };
      readonly update: { readonly replayId: Uint8Array };
    }): Promise<unknown>;
  };
  $disconnect(): Promise<void>;
}

/** Generates the client when there is none, or an older one than the schema. */
export async function generatePlainClient(): Promise<void> {
  const client = join(folder, 'plain/client.ts');
  if (existsSync(client) && statSync(client).mtimeMs > statSync(schema).mtimeMs) return;
  rmSync(folder, { recursive: true, force: true });
  await promisify(execFile)(process.execPath, [
    resolve('node_modules/prisma/build/index.js'),
    'generate',
    '--schema',
    schema,
  ]);
  mkdirSync(folder, { recursive: true });
  // The client imports Prisma's runtime, which is a dependency of this package.
  symlinkSync(resolve('tools/bench/node_modules'), join(folder, 'node_modules'));
}

/** @param connections size of its pool */
export async function openPlainClient(databaseUrl: string, connections: number): Promise<PlainClient> {
  const { PrismaClient } = (await import(pathToFileURL(join(folder, 'plain/client.ts')).href)) as {
    PrismaClient: new (options: { adapter: PrismaPg }) => PlainClient;
  };
  const pool = { connectionString: databaseUrl, max: connections };
  return new PrismaClient({ adapter: new PrismaPg(pool, { schema: plainSchema }) });
}
