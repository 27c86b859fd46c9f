import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Summary } from './report.ts';

/** Rows that need no process to break are lived through in memory, by the tests of the write path. */
export const lives = 'libs/sync/test/fault-rows.spec.ts';

export interface InsidePlan {
  /** Undefined: all that can be played inside one process. */
  readonly rows: ReadonlySet<number> | undefined;
  /** Of each row. */
  readonly seeds: number;
  readonly firstSeed: number;
}

interface JestReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly duration?: number | null;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** What became of a row over all of its seeds, and the first words of what went wrong. */
export interface InsideReport extends Summary {
  readonly failure: string | undefined;
}

/**
 * Plays the rows inside one process, each with so many seeds.
 * @throws Error when the test runner has no report to show
 */
export async function runInside({ firstSeed, rows, seeds }: InsidePlan): Promise<InsideReport[]> {
  const folder = mkdtempSync(join(tmpdir(), 'umbra-inside-'));
  const outputFile = join(folder, 'report.json');
  const only = rows === undefined ? [] : ['-t', `row (${[...rows].join('|')}):`];
  const globals = JSON.stringify({ umbraRowSeeds: seeds, umbraSeed: firstSeed });
  const words = ['--selectProjects', 'sync', '--runTestsByPath', lives, '--globals', globals, ...only];
  const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
  try {
    const child = spawn(process.execPath, [...jest, ...words, '--json', '--outputFile', outputFile], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
    return reportsOf(reportIn(outputFile, said), { firstSeed, seeds });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function reportIn(file: string, said: string): JestReport {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  } catch (cause) {
    throw new Error(`the rows inside one process were not played:\n${said.slice(-2_000)}`, { cause });
  }
}

function reportsOf(
  { testResults }: JestReport,
  { firstSeed, seeds }: Pick<InsidePlan, 'firstSeed' | 'seeds'>,
): InsideReport[] {
  const results = testResults.flatMap(({ assertionResults }) => assertionResults);
  if (results.length === 0)
    throw new Error(testResults.map(({ message }) => message).join('\n') || 'no row was played');
  return results.flatMap(({ duration, failureMessages, status, title }): InsideReport[] => {
    const [, row, fault = ''] = /^row (\d+): (.*)$/.exec(title) ?? [];
    if (row === undefined || status === 'pending') return [];
    const named = failureMessages.flatMap((message) => [...message.matchAll(/seed (\d+):/g)]);
    const failedSeeds = [...new Set(named.map(([, seed]) => Number(seed)))];
    return [
      {
        row: Number(row),
        title: fault,
        inside: true,
        trials: seeds,
        // A row that broke off without naming a seed has failed all the same.
        failedSeeds: status === 'passed' || failedSeeds.length > 0 ? failedSeeds : [firstSeed],
        figures: [`${((duration ?? 0) / 1_000).toFixed(1)} s for all`],
        failure: status === 'passed' ? undefined : failureMessages.join('\n'),
      },
    ];
  });
}
