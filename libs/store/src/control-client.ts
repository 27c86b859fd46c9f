import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { translateStoreError } from './translate-error.ts';

/**
 * Prisma's client for the control tables, on the pool of the process; the shadow tables have statements of their own.
 * It is loaded with its first use: a process that never asks does not pay for its query compiler (about 60 MB).
 */
export class ControlClient {
  readonly #pool: pg.Pool;
  #client: ReturnType<typeof connect> | undefined;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** @throws UmbraError STORE_*, also from the calls of the client */
  get tables(): ReturnType<typeof connect> {
    this.#client ??= connect(this.#pool);
    return this.#client;
  }

  async close(): Promise<void> {
    await (await this.#client)?.$disconnect();
  }
}

async function connect(pool: pg.Pool) {
  const { PrismaClient } = await import('./generated/client.ts');
  return new PrismaClient({ adapter: new PrismaPg(pool) }).$extends({
    query: {
      async $allOperations({ args, query }) {
        try {
          return (await query(args)) as unknown;
        } catch (error) {
          throw translateStoreError(error);
        }
      },
    },
  });
}
