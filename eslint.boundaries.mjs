import { createProjectGraphAsync } from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import ts from 'typescript-eslint';

// The rule reads the graph from Nx's cache, and where there is none, as in a fresh checkout, it lets everything through.
await createProjectGraphAsync({ exitOnError: false });

const tests = ['**/*.spec.ts', '**/test/**', '**/*.e2e.ts', 'apps/e2e/**', 'libs/testing/**'];
const builtins = [
  'node:*',
  'fs',
  'fs/*',
  'net',
  'http',
  'https',
  'http2',
  'tls',
  'dns',
  'dgram',
  'os',
  'path',
  'process',
  'child_process',
  'crypto',
  'worker_threads',
  'stream',
  'stream/*',
  'timers',
  'timers/*',
  'zlib',
];
const inTests = ['@jest/globals', 'fast-check', 'yaml', 'node:*'];

/** Which layer and which scope may import which. Nx applies the constraints of all tags of a project together. */
const depConstraints = [
  layer('domain', [], ['zod', 'big.js', ...inTests]),
  layer('platform', ['domain', 'test']),
  layer('usecase', ['domain', 'test'], ['zod', ...inTests]),
  layer('adapter', ['domain', 'platform', 'test']),
  layer('client', []),
  layer('test', ['domain']),
  layer('app', ['domain', 'platform', 'usecase', 'adapter', 'test']),
  layer('e2e', ['domain', 'test']),
  layer('simulator', ['domain', 'test']),
  layer('tool', ['domain', 'platform', 'usecase', 'adapter', 'client', 'test']),
  layer('stack', []),
  scope('shared', ['shared']),
  scope('write', ['shared']),
  scope('read', ['shared']),
  scope('worker', ['write', 'shared']),
  scope('bff', ['read', 'write', 'shared']),
  scope('test', ['shared']),
  scope('tool', ['read', 'write', 'shared']),
];

function layer(name, targets, allowedExternalImports) {
  return {
    sourceTag: `layer:${name}`,
    onlyDependOnLibsWithTags: targets.map((target) => `layer:${target}`),
    ...(allowedExternalImports && { allowedExternalImports }),
  };
}

function scope(name, targets) {
  return { sourceTag: `scope:${name}`, onlyDependOnLibsWithTags: targets.map((target) => `scope:${target}`) };
}

/** @returns a config that forbids the imports in these files; later entries replace earlier ones for the same file */
const forbid = (files, ignores, patterns) => ({
  files,
  ignores,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
});

const testingOnly = { group: ['@umbra/testing'], message: 'Test harness: for test files only.' };
const syncOnly = {
  group: ['@umbra/sync'],
  message: 'The serving process must not load the engine; only src/backfill may.',
};
const noBuiltins = { group: builtins, message: 'No I/O here: take a port.' };
const noDeepImports = { group: ['@umbra/*/*'], message: 'Import a library by its index.' };

/** The import fence. It stands alone so that a test can plant forbidden imports against exactly this. */
export default [
  {
    files: ['**/*.ts'],
    languageOptions: { parser: ts.parser },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { allow: [], enforceBuildableLibDependency: false, banTransitiveDependencies: false, depConstraints },
      ],
    },
  },
  forbid(['**/*.ts'], tests, [testingOnly, noDeepImports]),
  forbid(
    ['apps/bff/src/**/*.ts'],
    ['apps/bff/src/backfill/**', ...tests],
    [testingOnly, noDeepImports, syncOnly],
  ),
  forbid(['libs/domain/**/*.ts', 'libs/sync/**/*.ts', 'libs/reads/**/*.ts'], tests, [
    testingOnly,
    noDeepImports,
    noBuiltins,
  ]),
];
