import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { createStore, type Store, type StoreOptions } from './store.ts';

/** Injection token of the `Store`. */
export const STORE = Symbol('Store');

/** The store as a Nest provider; it connects with its first statement. A plain object, so that Node runs this file as it is. */
export class StoreModule {
  static forRoot(options: StoreOptions): DynamicModule {
    const useFactory = (): Store & OnApplicationShutdown => {
      const store = createStore(options);
      return { ...store, onApplicationShutdown: () => store.close() };
    };
    return {
      module: StoreModule,
      global: true,
      providers: [{ provide: STORE, useFactory }],
      exports: [STORE],
    };
  }
}
