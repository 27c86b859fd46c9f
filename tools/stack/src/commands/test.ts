import { spawn } from 'node:child_process';
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
  run(): Promise<Counts>;
}

/** In this order: what the later steps need comes first, and then what fails fastest. */
const steps: readonly Step[] = [
  {
    name: 'build',
    run: async () => {
      await generateClient(repositoryRoot);
      for (const name of Object.keys(apps) as AppName[]) await bundleApp(repositoryRoot, name);
      return asCounts(0);
    },
  },
  command('format', 'pnpm', ['exec', 'prettier', '--check', '--log-level', 'warn', '.']),
  { name: 'generated', run: async () => asCounts(await generate(['--check'], neutralEnvironment())) },
  command('lint', 'pnpm', ['exec', 'eslint', '--max-warnings', '0', '.']),
  command('types', 'pnpm', ['exec', 'tsc', '--noEmit', '-p', 'tsconfig.json']),
  jest('jest', ['--ignoreProjects', 'e2e']),
  jest('e2e', ['--selectProjects', 'e2e']),
];

/**
 * Runs every step, also after a failed one, so that one run shows all there is to repair.
 * @param only the name of a single step
 */
export async function test(only: string | undefined): Promise<void> {
  const chosen = steps.filter(({ name }) => only === undefined || name === only);
  if (chosen.length === 0) {
    const names = steps.map(({ name }) => name).join(', ');
    throw new StackFailure(`There is no step ${JSON.stringify(only)}. Steps: ${names}.`, exitCode.usage);
  }
  const results: { name: string; counts: Counts; seconds: number }[] = [];
  for (const step of chosen) {
    const started = performance.now();
    process.stdout.write(`\n── ${step.name}\n`);
    const counts = await step.run().catch((error: unknown) => {
      process.stdout.write(`${error instanceof Error ? error.message : String(error)}\n`);
      return asCounts(1);
    });
    results.push({ name: step.name, counts, seconds: (performance.now() - started) / 1_000 });
  }
  process.stdout.write(sumUp(results));
  if (results.some(({ counts }) => counts.failed > 0)) process.exitCode = 1;
}

function command(name: string, program: string, args: readonly string[]): Step {
  return { name, run: async () => asCounts(await runTool(program, args)) };
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
      const code = await runTool(process.execPath, [...node, ...args, '--json', `--outputFile=${report}`]);
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
async function runTool(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { cwd: repositoryRoot, env: neutralEnvironment(), stdio: 'inherit' });
  return new Promise((settle, fail) => {
    child.once('error', fail);
    child.once('exit', (code) => settle(code ?? 1));
  });
}

/** Without the product's own variables: what somebody has set for a real org must not decide, or be touched by, a test. */
function neutralEnvironment(): NodeJS.ProcessEnv {
  const own = /^(DATABASE_URL|REDIS_URL|LOG_LEVEL|(SF|BFF|WORKER|AUTH|ENABLE_SF)_.*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
}
