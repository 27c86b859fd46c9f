import { execFile } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleApp, isStale, type AppName } from './bundle.ts';
import { exitCode, StackFailure } from './failure.ts';

const prismaSchema = 'prisma/schema';
const generatedClient = 'libs/store/src/generated/client.ts';

/**
 * Makes the built apps agree with their sources; what is current is left alone.
 * @throws StackFailure 78 with the compiler's words when a source is broken
 */
export async function prepareApps(
  root: string,
  names: readonly AppName[],
  say: (line: string) => void,
): Promise<void> {
  if (isClientStale(root)) {
    say('generating the database client');
    await generateClient(root);
  }
  for (const name of names.filter((app) => isStale(root, app))) {
    say(`building ${name}`);
    try {
      await bundleApp(root, name);
    } catch (error) {
      if (error instanceof StackFailure) throw error;
      const text = error instanceof Error ? error.message : String(error);
      throw new StackFailure(`${name} cannot be built:\n${text}`, exitCode.configuration, error);
    }
  }
}

/** Always, without looking whether it is needed. */
export async function generateClient(root: string): Promise<void> {
  try {
    await promisify(execFile)('pnpm', ['exec', 'prisma', 'generate'], { cwd: root });
  } catch (error) {
    const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new StackFailure(
      `The database client cannot be generated:\n${output}`,
      exitCode.configuration,
      error,
    );
  }
}

function isClientStale(root: string): boolean {
  const client = join(root, generatedClient);
  if (!existsSync(client)) return true;
  const generatedAt = statSync(client).mtimeMs;
  const schema = join(root, prismaSchema);
  return readdirSync(schema).some((name) => statSync(join(schema, name)).mtimeMs > generatedAt);
}
