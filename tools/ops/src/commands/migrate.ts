import { isUmbraError } from '@umbra/domain';
import { databaseSection, loadEnv, type EnvSource } from '@umbra/platform';
import { createStore, migrate } from '@umbra/store';
import type { Output } from '../output.ts';

/**
 * Brings the database to the schema of this release.
 * @throws UmbraError STORE_*, INPUT_CONFIGURATION
 */
export async function runMigrate(
  { dryRun }: { readonly dryRun: boolean },
  source: EnvSource,
  output: Output,
): Promise<void> {
  const { env } = loadEnv({ database: databaseSection }, source);
  const databaseUrl = env.database.url.reveal();
  if (dryRun) {
    const pending = await pendingMigrations(databaseUrl);
    output.answer({ dryRun: true, pending }, () =>
      pending.length === 0 ? 'The schema is up to date.' : ['Would apply:', ...pending].join('\n  '),
    );
    return;
  }
  const applied = await migrate({ databaseUrl });
  output.answer({ applied }, () =>
    applied.length === 0 ? 'The schema is up to date.' : ['Applied:', ...applied].join('\n  '),
  );
}

async function pendingMigrations(databaseUrl: string): Promise<readonly string[]> {
  const store = createStore({ databaseUrl, applicationName: 'umbra-ops' });
  try {
    await store.check();
    return [];
  } catch (error) {
    const missing =
      isUmbraError(error) && error.code === 'STORE_SCHEMA_BEHIND' ? error.details['migrations'] : undefined;
    if (Array.isArray(missing)) return missing.map(String);
    throw error;
  } finally {
    await store.close();
  }
}
