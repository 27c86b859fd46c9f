import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../src/paths.ts';
import { createCheckout, type Checkout } from './checkout.ts';

let checkout: Checkout;

beforeAll(() => {
  checkout = createCheckout();
});
afterAll(() => checkout[Symbol.dispose]());

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1);

function check(script: string): void {
  checkout.write('tools/checks/src/generate.ts', script);
}

function jest(script: string): void {
  checkout.write('node_modules/jest/bin/jest.js', `const { writeFileSync } = require('node:fs');${script}`);
}

const report = (passed: number, failed: number) =>
  `writeFileSync(process.argv.find((word) => word.startsWith('--outputFile=')).slice(13), JSON.stringify({
    numPassedTests: ${passed}, numFailedTests: ${failed}, numRuntimeErrorTestSuites: 0 }));`;

describe('./umbra test', () => {
  it('ends with the sum and succeeds when everything does', async () => {
    jest(report(12, 0));
    const { code, stdout } = await checkout.umbra(['test', '--only', 'jest']);
    expect({ code, line: lastLine(stdout) }).toEqual({ code: 0, line: '12 passed, 0 failed' });
  });

  it('runs the later steps after a failed one, and fails', async () => {
    check('process.exitCode = 1');
    jest(`${report(3, 2)} process.exitCode = 1;`);
    const { code, stdout } = await checkout.umbra(['test']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^generated +FAILED/m);
    expect(stdout).toMatch(/^jest +FAILED .* 3 passed, 2 failed$/m);
    expect(stdout).toMatch(/^e2e +FAILED .* 3 passed, 2 failed$/m);
    expect(lastLine(stdout)).toMatch(/^\d+ passed, \d+ failed$/);
  });

  it('is not fooled by a jest that dies before it reports', async () => {
    jest('process.exitCode = 1');
    const { code, stdout } = await checkout.umbra(['test', '--only', 'jest']);
    expect({ code, line: lastLine(stdout) }).toEqual({ code: 1, line: '0 passed, 1 failed' });
  });

  it('keeps the variables of a real org away from the tests', async () => {
    check(
      `process.exitCode = process.env['SF_CLIENT_SECRET'] === undefined && process.env['HOME'] === '/x' ? 0 : 1`,
    );
    const environment = { SF_CLIENT_SECRET: 'real', HOME: '/x' };
    expect(await checkout.umbra(['test', '--only', 'generated'], environment)).toMatchObject({ code: 0 });
  });

  it('knows its steps', async () => {
    const { code, stderr } = await checkout.umbra(['test', '--only', 'lunch']);
    expect({ code, stderr }).toEqual({
      code: 64,
      stderr: expect.stringContaining('build, generated, lint, format, types, jest, e2e'),
    });
  });
});

it('CI runs exactly this', () => {
  const file = join(repositoryRoot, '.ci/run');
  const commands = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.includes('umbra'));
  expect(commands).toEqual(['exec ./umbra test']);
  expect(statSync(file).mode & 0o111).not.toBe(0);
});
