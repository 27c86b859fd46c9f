import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const MAIN = join(import.meta.dirname, 'main.ts');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'simulator-main-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (...args: string[]): ChildProcess =>
  spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

async function ready(child: ChildProcess): Promise<Record<string, unknown>> {
  if (child.stdout === null) throw new Error('no output');
  for await (const line of createInterface(child.stdout)) return JSON.parse(line) as Record<string, unknown>;
  throw new Error('ended without a ready line');
}

async function ended(child: ChildProcess): Promise<{ code: number | null; errors: string; output: string }> {
  let [errors, output] = ['', ''];
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, errors, output };
}

describe('the simulator as a program', () => {
  it('says in one line where it is, answers, keeps its secrets over a restart, and stops on a signal', async () => {
    const ports = ['--port', '0', '--control-port', '0', '--pubsub-port', '0'];
    const args = [...ports, '--data-dir', folder, '--seed', '3'];
    const first = start(...args);
    const line = await ready(first);
    expect(line).toMatchObject({
      msg: 'simulator ready',
      scale: 'demo',
      seed: 3,
      username: 'integration@umbra.example',
      pubsubEndpoint: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    expect((await fetch(`${String(line['url'])}/services/data`)).status).toBe(200);
    expect((await fetch(`${String(line['controlUrl'])}/health`)).status).toBe(200);
    const file = String(line['credentialsFile']);
    const before = readFileSync(file, 'utf8');
    expect(JSON.stringify(line)).not.toContain((JSON.parse(before) as { clientSecret: string }).clientSecret);
    for (const secret of [file, String(line['privateKeyFile'])])
      expect(statSync(secret).mode & 0o777).toBe(0o600);
    first.kill('SIGTERM');
    expect((await ended(first)).code).toBe(0);
    const second = start(...args);
    await ready(second);
    expect(readFileSync(file, 'utf8')).toBe(before);
    second.kill('SIGINT');
    expect((await ended(second)).code).toBe(0);
  });

  it.each([
    [['--scale', 'huge'], 64, 'Allowed choices are demo, 100k, 1m'],
    [['--instance-url', 'ftp://x'], 64, 'It must be an http or https URL'],
    [['--jwt-public-key', '/nowhere.pem'], 78, '/nowhere.pem cannot be read as an RSA public key'],
  ])('refuses %p', async (args, code, message) => {
    const child = await ended(start('--data-dir', folder, ...args));
    expect(child.code).toBe(code);
    expect(child.errors).toContain(message);
  });

  it('explains itself with examples', async () => {
    const { code, output } = await ended(start('--help'));
    expect(code).toBe(0);
    expect(output).toContain('--jwt-public-key');
    expect(output).toContain('Examples:');
  });

  it.each(['--port', '--control-port', '--pubsub-port'])(
    'does not move from a port that was asked for: %s',
    async (flag) => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const { port } = taken.address() as AddressInfo;
      const ports = ['--port', '0', '--control-port', '0', '--pubsub-port', '0', flag, String(port)];
      const child = await ended(start('--data-dir', folder, ...ports));
      taken.close();
      expect([child.code, child.errors]).toEqual([69, expect.stringMatching(new RegExp(`port .*${port}`))]);
    },
  );

  it('does not overwrite a file that is not its own', async () => {
    const other = mkdtempSync(join(folder, 'other-'));
    writeFileSync(join(other, 'credentials.json'), '{"mine": true}');
    const child = await ended(start('--data-dir', other));
    expect([child.code, child.errors]).toEqual([
      78,
      expect.stringContaining('is not a credentials file of the simulator'),
    ]);
    expect(readFileSync(join(other, 'credentials.json'), 'utf8')).toBe('{"mine": true}');
  });
});
