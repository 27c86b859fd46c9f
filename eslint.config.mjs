import js from '@eslint/js';
import jest from 'eslint-plugin-jest';
import n from 'eslint-plugin-n';
import ts from 'typescript-eslint';
import boundaries from './eslint.boundaries.mjs';
import { patternsAtRunTime, unsafeSyntax } from './eslint.safety.mjs';

const tests = ['**/*.spec.ts', '**/test/**/*.ts', '**/*.e2e.ts', 'apps/e2e/**/*.ts', 'libs/testing/**/*.ts'];

export default ts.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '.umbra/**',
      '.nx/**',
      'coverage/**',
      'libs/store/src/generated/**',
      'libs/client/src/generated/**',
      '**/fixtures/**',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [...ts.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { n },
    rules: {
      'n/no-process-env': 'error',
      'no-restricted-syntax': ['error', ...unsafeSyntax],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true, IIFEs: true }],
    },
  },
  {
    files: ['libs/platform/src/env*.ts', 'prisma.config.ts', 'tools/stack/**/*.ts'],
    rules: { 'n/no-process-env': 'off' },
  },
  {
    files: ['apps/*/src/**/*.ts', 'libs/*/src/**/*.ts', 'tools/ops/src/**/*.ts'],
    ignores: tests,
    rules: { 'no-restricted-syntax': ['error', ...unsafeSyntax, patternsAtRunTime] },
  },
  {
    files: tests,
    plugins: { jest },
    rules: {
      'jest/no-focused-tests': 'error',
      'jest/no-disabled-tests': 'error',
      'jest/expect-expect': 'off',
      'max-lines': ['error', { max: 600, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } },
  },
  ...boundaries,
);
