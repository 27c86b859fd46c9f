import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { withTestDatabase } from '@umbra/testing';
import { migrate, STORE, StoreModule, type Store } from '../src/index.ts';

describe('StoreModule', () => {
  it('gives the store to the application, and closes it with it', () =>
    withTestDatabase(migrate, async (db) => {
      class App {}
      Module({ imports: [StoreModule.forRoot({ databaseUrl: db.url, applicationName: 'store-test' })] })(App);
      const app = await NestFactory.createApplicationContext(App, { logger: false });
      const store = app.get<Store>(STORE);
      await store.check();
      await app.close();
      await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_REJECTED' });
    }));
});
