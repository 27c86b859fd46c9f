import { defineConfig } from 'prisma/config';

// `prisma generate` looks for the native schema engine although it never calls it. Every existing file will do,
// and so nothing has to be downloaded. Migrations run through the WebAssembly engine: libs/store/src/migrate.ts.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;

export default defineConfig({
  schema: 'prisma/schema',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? '' },
});
