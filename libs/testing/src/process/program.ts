import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { compileCache } from './compile-cache.ts';

const root = join(import.meta.dirname, '../../../..');

export interface EndedProgram {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One of our programs as a process of its own. */
export interface StartedProgram {
  readonly child: ChildProcess;
  readonly ended: Promise<EndedProgram>;
  /** The first match in its output so far or to come. @throws when it ends without */
  readonly says: (phrase: RegExp) => Promise<RegExpExecArray>;
}

/**
 * Starts a program with this environment and no other (but Node's compile cache), in an empty folder, so that no
 * `.umbra/env` is found.
 * @param program file below the root of the checkout
 */
export function startProgram(
  program: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): StartedProgram {
  const folder = mkdtempSync(join(tmpdir(), 'umbra-program-'));
  const child = spawn(process.execPath, [join(root, program), ...words], {
    cwd: folder,
    env: { ...compileCache(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  let running = true;
  const ended = once(child, 'close').then(([code]): EndedProgram => {
    running = false;
    rmSync(folder, { recursive: true, force: true });
    return { code: code as number | null, stdout, stderr };
  });
  return {
    child,
    ended,
    async says(phrase) {
      for (;;) {
        const match = phrase.exec(stdout + stderr);
        if (match !== null) return match;
        if (!running)
          throw new Error(`${program} ended without saying ${String(phrase)}: ${stderr}${stdout}`);
        await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), ended]);
      }
    },
  };
}

/**
 * Bundles an app into `dist`, as it is shipped. One that agrees with its sources stays: other tests are running it.
 * What is outdated is replaced in one step.
 */
export async function buildProgram(app: 'bff' | 'worker' | 'worker-test' | 'ops'): Promise<void> {
  await promisify(execFile)(process.execPath, [join(root, 'tools/stack/src/build.ts'), '--stale', app], {
    cwd: root,
  });
}
