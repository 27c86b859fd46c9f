import { apps, bundleApp, isAppName, isStale } from './bundle.ts';
import { exitCode, StackFailure } from './failure.ts';
import { repositoryRoot } from './paths.ts';

const usage = `Usage: node tools/stack/src/build.ts [--stale] <app...>
Bundles apps into dist/<app>; with --stale, only those whose sources have changed since.
Apps: ${Object.keys(apps).join(', ')}.`;

async function main(words: readonly string[]): Promise<void> {
  const onlyStale = words[0] === '--stale';
  const names = onlyStale ? words.slice(1) : words;
  if (names.length === 0) throw new StackFailure(usage, exitCode.usage);
  for (const name of names) {
    if (!isAppName(name))
      throw new StackFailure(`Unknown app ${JSON.stringify(name)}.\n${usage}`, exitCode.usage);
    if (onlyStale && !isStale(repositoryRoot, name)) continue;
    const started = performance.now();
    await bundleApp(repositoryRoot, name);
    process.stderr.write(`built dist/${name} in ${Math.round(performance.now() - started)} ms\n`);
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = error instanceof StackFailure ? error.exitCode : 1;
}
