import { withTestDatabase, type TestDatabase } from '@umbra/testing';
import { migrate, openStore, type Store, type StoreOptions } from '../src/index.ts';

export interface StoreUnderTest {
  readonly store: Store;
  readonly db: TestDatabase;
}

/** A store over a database of its own; closed and dropped when `body` succeeds, kept as evidence when it throws. */
export function withStore<T>(
  body: (under: StoreUnderTest) => Promise<T>,
  options: Partial<StoreOptions> = {},
): Promise<T> {
  return withTestDatabase(migrate, async (db) => {
    const store = await openStore({ databaseUrl: db.url, applicationName: 'store-test', max: 4, ...options });
    try {
      return await body({ store, db });
    } finally {
      await store.close();
    }
  });
}
