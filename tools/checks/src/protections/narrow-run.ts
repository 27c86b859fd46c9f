import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Longer than any file takes, on a busy machine too. */
const MINUTES = 15;

/** The part of jest's `--json` report that is read here. */
interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

export interface NarrowRun {
  readonly passed: number;
  readonly failed: readonly { readonly name: string; readonly message: string }[];
  /** Why there is no result: the file did not load, or jest died. */
  readonly broken: string | undefined;
}

/**
 * Runs the tests of one file that carry the number of a requirement.
 * @param root of the tree
 */
export function runNumbered(root: string, file: string, requirement: number): NarrowRun {
  const report = join(root, 'narrow-run.json');
  rmSync(report, { force: true });
  const project = JSON.parse(
    readFileSync(join(root, ...file.split('/').slice(0, 2), 'package.json'), 'utf8'),
  ) as { readonly nx: { readonly name: string } };
  const child = spawnSync(
    process.execPath,
    [
      ...['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'],
      ...['--selectProjects', project.nx.name, '--testNamePattern', `sec-0*${requirement}\\b`],
      ...['--json', `--outputFile=${report}`, '--forceExit', '--runTestsByPath', file],
    ],
    { cwd: root, encoding: 'utf8', timeout: MINUTES * 60_000, maxBuffer: 256 * 1024 * 1024 },
  );
  return readReport(report) ?? { passed: 0, failed: [], broken: child.stderr.slice(-2_000) || 'no report' };
}

function readReport(file: string): NarrowRun | undefined {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  } catch {
    return undefined;
  }
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const ran = tests.filter(({ status }) => status === 'passed' || status === 'failed');
  return {
    passed: ran.filter(({ status }) => status === 'passed').length,
    failed: ran
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => ({ name: fullName, message: failureMessages.join('\n') })),
    broken:
      ran.length > 0
        ? undefined
        : report.testResults.map(({ message }) => message).join('\n') || 'no test ran',
  };
}
