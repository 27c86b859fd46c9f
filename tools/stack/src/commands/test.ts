import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { apps, bundleApp, type AppName } from '../bundle.ts';
import { exitCode, StackFailure } from '../failure.ts';
import { repositoryRoot, stackPaths } from '../paths.ts';
import { generateClient } from '../prepare.ts';
import { generate } from './generate.ts';
import { asCounts, countJest, sumUp, type Counts, type JestReport } from '../test-counts.ts';

interface Step {
  readonly name: string;
  readonly run: () => Promise<Counts>;
}

/**
 * In this order: what the later steps need comes first, and then what fails fastest. Steps of one group run two at a
 * time: each of these tools keeps one core busy, and lint takes as long as the others together.
 */
const groups: readonly (readonly Step[])[] = [
  [
    {
      name: 'build',
      run: async () => {
        await generateClient(repositoryRoot);
        for (const name of Object.keys(apps) as AppName[]) await bundleApp(repositoryRoot, name);
        return asCounts(0);
      },
    },
  ],
  [{ name: 'generated', run: async () => asCounts(await generate(['--check'], neutralEnvironment())) }],
  [
    command('lint', ['eslint', '--max-warnings', '0', '.']),
    command('format', ['prettier', '--check', '--log-level', 'warn', '.']),
    command('types', ['tsc', '--noEmit', '-p', 'tsconfig.json']),
  ],
  [jest('jest', ['--ignoreProjects', 'e2e'])],
  // Each of its files starts half a dozen programs: with a third beside them all are late.
  [jest('e2e', ['--selectProjects', 'e2e', '--maxWorkers', '2'])],
];

interface Result {
  readonly name: string;
  readonly counts: Counts;
  readonly seconds: number;
}

/**
 * Runs every step, also after a failed one, so that one run shows all there is to repair.
 * @param only the name of a single step
 */
export async function test(only: string | undefined): Promise<void> {
  const chosen = groups.map((group) => group.filter(({ name }) => only === undefined || name === only));
  if (chosen.flat().length === 0) {
    const names = groups.flat().map(({ name }) => name);
    throw new StackFailure(
      `There is no step ${JSON.stringify(only)}. Steps: ${names.join(', ')}.`,
      exitCode.usage,
    );
  }
  const results: Result[] = [];
  for (const group of chosen) {
    const waiting = group.values();
    const take = async () => {
      for (const step of waiting) results.push(await timed(step));
    };
    await Promise.all([take(), take()]);
  }
  process.stdout.write(sumUp(results));
  if (results.some(({ counts }) => counts.failed > 0)) process.exitCode = 1;
}

async function timed({ name, run }: Step): Promise<Result> {
  const started = performance.now();
  process.stdout.write(`\n── ${name}\n`);
  const counts = await run().catch((error: unknown) => {
    process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return asCounts(1);
  });
  return { name, counts, seconds: (performance.now() - started) / 1_000 };
}

/** A tool that says yes or no. What it complains of is shown in one piece, whatever runs beside it. */
function command(name: string, words: readonly string[]): Step {
  return {
    name,
    run: async () => {
      const child = spawn('pnpm', ['exec', ...words], {
        cwd: repositoryRoot,
        env: neutralEnvironment(),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => (said += text));
      const code = await endOf(child, 'close');
      if (said !== '') process.stdout.write(`\n── ${name} says\n${said}`);
      return asCounts(code);
    },
  };
}

function jest(name: string, args: readonly string[]): Step {
  return {
    name,
    run: async () => {
      const folder = join(stackPaths().tests, 'reports');
      const report = join(folder, `${name}.json`);
      mkdirSync(folder, { recursive: true });
      rmSync(report, { force: true });
      const node = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
      const words = [...node, ...args, '--json', `--outputFile=${report}`];
      const child = spawn(process.execPath, words, {
        cwd: repositoryRoot,
        env: neutralEnvironment(),
        stdio: 'inherit',
      });
      const code = await endOf(child, 'exit');
      return countJest(readReport(report), code);
    },
  };
}

function readReport(file: string): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  } catch {
    return undefined;
  }
}

/** @returns the exit code; 1 when a signal ended the tool */
async function endOf(child: ChildProcess, event: 'exit' | 'close'): Promise<number> {
  return new Promise((settle, fail) => {
    child.once('error', fail);
    child.once(event, (code: number | null) => settle(code ?? 1));
  });
}

/** Without the product's own variables: what somebody has set for a real org must not decide, or be touched by, a test. */
function neutralEnvironment(): NodeJS.ProcessEnv {
  const own = /^(DATABASE_URL|REDIS_URL|LOG_LEVEL|(SF|BFF|WORKER|AUTH|ENABLE_SF)_.*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
