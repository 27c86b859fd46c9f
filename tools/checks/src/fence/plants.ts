/** A forbidden import, planted in a file that does not exist, and the rule that has to object. */
export interface Plant {
  readonly file: string;
  readonly imports: string;
  readonly rule: '@nx/enforce-module-boundaries' | 'no-restricted-imports';
}

const nx = '@nx/enforce-module-boundaries';
const restricted = 'no-restricted-imports';
const lib = (name: string): string => `libs/${name}/src/planted.ts`;
const plants = (file: string, rule: Plant['rule'], imports: readonly string[]): Plant[] =>
  imports.map((name) => ({ file, imports: name, rule }));
const ours = (...names: string[]): string[] => names.map((name) => `@umbra/${name}`);

/** One plant per arrow that the house forbids. */
export const forbidden: readonly Plant[] = [
  ...plants(lib('domain'), nx, [
    ...ours('platform', 'store', 'salesforce', 'redis', 'sync', 'reads'),
    'pg',
    '@nestjs/common',
  ]),
  ...plants(lib('platform'), nx, ours('store', 'salesforce', 'redis', 'sync', 'reads')),
  ...plants(lib('sync'), nx, [...ours('reads', 'store', 'salesforce', 'redis', 'platform'), 'pg', 'bullmq']),
  ...plants(lib('reads'), nx, [...ours('sync', 'store', 'salesforce', 'redis', 'platform'), 'ioredis']),
  ...plants(lib('salesforce'), nx, ours('store', 'redis', 'sync', 'reads')),
  ...plants(lib('store'), nx, ours('salesforce', 'redis', 'sync', 'reads')),
  ...plants(lib('redis'), nx, ours('salesforce', 'store', 'sync', 'reads')),
  ...plants('libs/testing/src/planted.ts', nx, ours('store', 'platform', 'sync')),
  ...plants('apps/worker/src/planted.ts', nx, [...ours('reads', 'simulator'), '../../bff/src/main.ts']),
  ...plants('apps/bff/src/planted.ts', nx, [...ours('simulator'), '../../worker/src/main.ts']),
  ...plants('apps/e2e/planted.e2e.ts', nx, [
    ...ours('store', 'sync', 'simulator'),
    '../bff/src/main.ts',
    '../worker/src/main.ts',
  ]),
  ...plants('tools/simulator/src/planted.ts', nx, ours('salesforce', 'store', 'sync', 'platform')),
  ...plants('tools/ops/src/planted.ts', nx, [
    ...ours('simulator'),
    '../../../apps/bff/src/main.ts',
    '../../../apps/worker/src/main.ts',
  ]),
  ...plants('tools/bench/src/planted.ts', nx, [
    ...ours('simulator'),
    '../../../apps/bff/src/main.ts',
    '../../../apps/worker/src/main.ts',
  ]),
  ...plants('tools/checks/src/planted.ts', nx, [
    ...ours('simulator'),
    '../../../apps/bff/src/main.ts',
    '../../../apps/worker/src/main.ts',
  ]),
  ...plants('tools/stack/src/planted.ts', nx, ours('domain', 'platform', 'store')),
  ...plants('apps/bff/src/planted.ts', restricted, ours('sync')),
  ...['domain', 'sync', 'reads'].flatMap((name) =>
    plants(lib(name), restricted, ['node:fs', 'node:net', 'node:http', 'node:crypto', 'fs', 'crypto']),
  ),
  ...['platform', 'sync', 'store', 'redis', 'salesforce', 'reads'].flatMap((name) =>
    plants(lib(name), restricted, ours('testing')),
  ),
  ...plants(lib('sync'), restricted, ['@umbra/domain/src/merge/merge.ts']),
];

/** Imports that must stay possible; a fence that refuses everything is as wrong as one that refuses nothing. */
export const allowed: readonly Omit<Plant, 'rule'>[] = [
  { file: lib('sync'), imports: '@umbra/domain' },
  { file: lib('reads'), imports: 'zod' },
  { file: lib('store'), imports: '@umbra/platform' },
  { file: 'libs/store/test/planted.int.spec.ts', imports: '@umbra/testing' },
  { file: 'apps/bff/src/planted.ts', imports: '@umbra/reads' },
  { file: 'apps/bff/src/backfill/planted.ts', imports: '@umbra/sync' },
  { file: 'apps/worker/src/planted.ts', imports: '@umbra/sync' },
  { file: 'tools/ops/src/planted.ts', imports: '@umbra/store' },
];
