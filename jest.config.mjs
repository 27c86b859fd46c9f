import { readdirSync, readFileSync } from 'node:fs';

/** One jest project per workspace package, so that `--selectProjects <name>` runs one of them. */
const projects = ['apps', 'libs', 'tools'].flatMap((folder) =>
  readdirSync(folder).map((dir) => {
    const { nx } = JSON.parse(readFileSync(`${folder}/${dir}/package.json`, 'utf8'));
    return {
      displayName: nx.name,
      rootDir: `${folder}/${dir}`,
      testMatch: nx.name === 'e2e' ? ['<rootDir>/**/*.e2e.ts'] : ['<rootDir>/**/*.spec.ts'],
      testPathIgnorePatterns: ['/node_modules/', '/dist/'],
      extensionsToTreatAsEsm: ['.ts'],
      testEnvironment: 'node',
      transform: {
        '^.+\\.ts$': [
          '@swc/jest',
          {
            jsc: {
              target: 'es2024',
              parser: { syntax: 'typescript', decorators: true },
              transform: { legacyDecorator: true, decoratorMetadata: false },
            },
            module: { type: 'es6' },
          },
        ],
      },
    };
  }),
);

export default {
  projects,
  globalSetup: './jest.global-setup.mjs',
  globalTeardown: './jest.global-teardown.mjs',
  testSequencer: './jest.sequencer.mjs',
  // What hangs must end some day. A slow machine is no failure: one test of programs that start takes seconds here.
  testTimeout: 180_000,
  // More than two cores can run: a test that talks to a server or to a program of ours waits for it half of its time.
  maxWorkers: 3,
};
