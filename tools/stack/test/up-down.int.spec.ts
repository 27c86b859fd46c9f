import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { hasEnded, isAlive, type ProcessIdentity } from '../src/pids.ts';
import { loopback } from '../src/ports.ts';
import { untilReady } from '../src/ready.ts';
import { UpLock } from '../src/up-lock.ts';
import { createCheckout, type Checkout } from './checkout.ts';

let checkout: Checkout;

beforeAll(() => {
  checkout = createCheckout();
});
afterEach(async () => {
  await checkout.umbra(['down']);
  for (const file of ['stopped', 'backfill-code', 'backfill-hangs'])
    rmSync(join(checkout.paths.root, file), { force: true });
});
afterAll(() => checkout[Symbol.dispose]());

function environmentFile(): Record<string, string> {
  const lines = readFileSync(checkout.paths.envFile, 'utf8').split('\n');
  return Object.fromEntries(
    lines
      .filter((line) => /^[A-Z]/.test(line))
      .map((line) => [line.split('=')[0] ?? '', line.replace(/^\w+=/, '')]),
  );
}

async function answer(variable: 'BFF_PORT' | 'WORKER_PORT'): Promise<string> {
  return (await fetch(`http://${loopback}:${environmentFile()[variable]}/name`)).text();
}

/** Everything that the start may have written, except what the servers keep in folders of their own. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isFile()) return [path];
    return entry.isDirectory() && !['node_modules', 'postgres'].includes(entry.name) ? filesBelow(path) : [];
  });
}

function supervisor(): ProcessIdentity {
  const holder = new UpLock(checkout.paths.lockFile).holder();
  if (holder === undefined) throw new Error('no supervisor');
  return holder;
}

async function killed(identity: ProcessIdentity): Promise<void> {
  process.kill(identity.pid, 'SIGKILL');
  await hasEnded(identity, 10_000);
}

describe('up --detach', () => {
  it('brings everything up, says where, and ends', async () => {
    const { code, stdout, stderr } = await checkout.umbra(['up', '--detach']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('backfilling') });
    const names = checkout.processes().map(({ name }) => name);
    expect(names).toEqual(['postgres', 'redis', 'simulator', 'worker', 'bff']);
    expect(await answer('BFF_PORT')).toBe('bff');
    expect(await answer('WORKER_PORT')).toBe('worker');
    expect(stdout).toContain(`http://127.0.0.1:${environmentFile()['BFF_PORT']}/docs`);
    expect(stdout).toContain(readFileSync(join(checkout.paths.data, 'development-key'), 'utf8'));
    expect(checkout.read('backfills')).toBe('\n');
  });

  it('a second one reuses what runs', async () => {
    const first = await checkout.umbra(['up', '--detach']);
    const running = checkout.processes();
    const second = await checkout.umbra(['up', '--detach']);
    expect(second).toMatchObject({ code: 0, stdout: first.stdout });
    expect(checkout.processes()).toEqual(running);
    expect(running.every(isAlive)).toBe(true);
  });

  it('sec-37 leaves secrets only in files that nobody else can read', async () => {
    await checkout.umbra(['up', '--detach']);
    const { data, root } = checkout.paths;
    const passwords = readFileSync(join(data, 'passwords.json'), 'utf8').match(/[0-9a-f]{48}/g) ?? [];
    const key = readFileSync(join(data, 'development-key'), 'utf8');
    expect(passwords).toHaveLength(3);
    const holders = filesBelow(root).filter((file) => {
      const text = readFileSync(file, 'latin1');
      return [key, ...passwords, 'BEGIN PRIVATE KEY'].some((secret) => text.includes(secret));
    });
    expect(holders.length).toBeGreaterThanOrEqual(5);
    for (const file of holders)
      expect({ file, mode: statSync(file).mode & 0o777 }).toEqual({ file, mode: 0o600 });
    expect(holders.filter((file) => !file.startsWith(checkout.paths.home))).toEqual([]);
    for (const { pid } of checkout.processes()) {
      const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      for (const password of passwords) expect(commandLine).not.toContain(password);
    }
  });
});

describe('down', () => {
  it('stops exactly what was started, in reverse order, and keeps the data', async () => {
    await checkout.umbra(['up', '--detach']);
    const running = [supervisor(), ...checkout.processes()];
    const ports = environmentFile();
    rmSync(join(checkout.paths.root, 'backfills'), { force: true });

    const { code, stderr } = await checkout.umbra(['down']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('stopped') });
    expect(running.filter(isAlive)).toEqual([]);
    expect(checkout.read('stopped')).toBe('bff\nworker\n');
    expect(existsSync(checkout.paths.stateFile) || existsSync(checkout.paths.envFile)).toBe(false);

    await checkout.umbra(['up', '--detach']);
    expect(environmentFile()).toEqual(ports);
    expect(checkout.read('backfills')).toBe('');
  });

  it('works after a kill -9 of the supervisor', async () => {
    await checkout.umbra(['up', '--detach']);
    const running = checkout.processes();
    await killed(supervisor());
    expect(running.every(isAlive)).toBe(true);
    expect((await checkout.umbra(['down'])).code).toBe(0);
    expect(running.filter(isAlive)).toEqual([]);
  });

  it('has nothing to do twice', async () => {
    expect(await checkout.umbra(['down'])).toMatchObject({ code: 0, stderr: 'umbra: nothing was running\n' });
  });
});

describe('after a kill -9 of the supervisor', () => {
  it('up takes over the services and starts the apps anew', async () => {
    await checkout.umbra(['up', '--detach']);
    const before = new Map(checkout.processes().map((process) => [process.name, process.pid]));
    await killed(supervisor());
    expect((await checkout.umbra(['up', '--detach'])).code).toBe(0);
    const after = new Map(checkout.processes().map((process) => [process.name, process.pid]));
    for (const kept of ['postgres', 'redis', 'simulator']) expect(after.get(kept)).toBe(before.get(kept));
    for (const fresh of ['worker', 'bff']) expect(after.get(fresh)).not.toBe(before.get(fresh));
    expect(await answer('BFF_PORT')).toBe('bff');
  });
});

describe('up in the foreground', () => {
  it('shows readable logs and stops everything on Ctrl-C', async () => {
    const { child, outcome } = checkout.start(['up']);
    let shown = '';
    child.stdout?.on('data', (chunk: Buffer) => (shown += chunk.toString()));
    await untilReady('the log of the BFF', async () => expect(shown).toContain('INFO: bff listens'), {
      withinMs: 120_000,
    });
    await untilReady('the summary', async () => expect(shown).toContain('Umbra is up.'), {
      withinMs: 120_000,
    });
    const running = checkout.processes();
    child.kill('SIGINT');
    expect((await outcome).code).toBe(0);
    expect(running.filter(isAlive)).toEqual([]);
  });

  it('stops what it has begun when it is interrupted while starting', async () => {
    checkout.write('backfill-hangs', '');
    rmSync(join(checkout.paths.root, 'backfill-state'));
    const { child, outcome } = checkout.start(['up']);
    const begun = async () => expect(checkout.processes().map(({ name }) => name)).toContain('backfill');
    await untilReady('the backfill', begun, { withinMs: 120_000 });
    const running = checkout.processes();
    child.kill('SIGINT');
    expect((await outcome).code).toBe(75);
    expect(running.filter(isAlive)).toEqual([]);
  });

  it('names the part that died, shows its last words and ends with 69', async () => {
    const { child, outcome } = checkout.start(['up']);
    let shown = '';
    child.stdout?.on('data', (chunk: Buffer) => (shown += chunk.toString()));
    await untilReady('the summary', async () => expect(shown).toContain('Umbra is up.'), {
      withinMs: 120_000,
    });
    const running = checkout.processes();
    const worker = running.find(({ name }) => name === 'worker');
    process.kill(worker?.pid ?? 0, 'SIGKILL');
    const { code, stderr } = await outcome;
    expect(code).toBe(69);
    expect(stderr).toMatch(/worker ended with signal SIGKILL\n.*worker listens/);
    expect(running.filter(isAlive)).toEqual([]);
  });
});

describe('bad input', () => {
  it('a set port that is taken: named, 69, nothing started', async () => {
    const blocker = createServer();
    await new Promise<void>((listening) => blocker.listen(0, loopback, listening));
    const address = blocker.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    const { code, stderr } = await checkout.umbra(['up', '--detach'], { BFF_PORT: port });
    await new Promise((closed) => blocker.close(closed));
    expect({ code, stderr }).toEqual({
      code: 69,
      stderr: expect.stringContaining(`Port ${port} is taken, and BFF_PORT asks for it`),
    });
    expect(checkout.processes()).toEqual([]);
  });

  it.each([
    ['DATABASE_URL', 'postgresql://umbra:hidden@127.0.0.1:1/umbra'],
    ['REDIS_URL', 'redis://:hidden@127.0.0.1:1'],
  ])('an unreachable %s: named without its password, 69, nothing left', async (variable, url) => {
    const { code, stderr } = await checkout.umbra(['up', '--detach'], { [variable]: url });
    expect({ code, stderr }).toEqual({
      code: 69,
      stderr: expect.stringContaining(`${variable} names 127.0.0.1:1`),
    });
    expect(stderr).not.toContain('hidden');
    expect(checkout.processes()).toEqual([]);
  });

  it('a backfill that fails: its code and words, nothing left, taken up again next time', async () => {
    rmSync(join(checkout.paths.root, 'backfill-state'));
    checkout.write('backfills', '');
    checkout.write('backfill-code', '65');
    const { code, stderr } = await checkout.umbra(['up', '--detach']);
    expect({ code, stderr }).toEqual({ code: 65, stderr: expect.stringContaining('three rows are missing') });
    expect(checkout.processes()).toEqual([]);

    rmSync(join(checkout.paths.root, 'backfill-code'));
    expect((await checkout.umbra(['up', '--detach'])).code).toBe(0);
    expect(checkout.read('backfills')).toBe('\n--resume\n');
  });

  it('a source that does not compile: the place, 78, nothing started', async () => {
    const good = checkout.read('apps/worker/src/main.ts');
    checkout.write('apps/worker/src/main.ts', 'const broken = ;');
    const { code, stderr } = await checkout.umbra(['up', '--detach']);
    checkout.write('apps/worker/src/main.ts', good);
    expect({ code, stderr }).toEqual({
      code: 78,
      stderr: expect.stringContaining('apps/worker/src/main.ts:1:'),
    });
    expect(checkout.processes()).toEqual([]);
  });

  it('another size of the simulated org than the data has: 64 and what to delete', async () => {
    const { code, stderr } = await checkout.umbra(['up', '--detach', '--scale', '1m']);
    expect({ code, stderr }).toEqual({
      code: 64,
      stderr: expect.stringContaining(`rm -r ${checkout.paths.data}`),
    });
  });

  it.each([[['frobnicate']], [['up', '--scale', 'huge']], [['up', '--frobnicate']], [[]]])(
    'unknown words %j: 64',
    async (args) => {
      expect((await checkout.umbra(args)).code).toBe(64);
    },
  );
});

describe('the simulated org', () => {
  it('does not inherit the environment of the person', async () => {
    await checkout.umbra(['up', '--detach'], { SF_CLIENT_SECRET: 'of a real org', NODE_OPTIONS: '' });
    const control = checkout.processes().find(({ name }) => name === 'simulator')?.ports?.['control'];
    const { environment } = (await (await fetch(`http://${loopback}:${control}`)).json()) as {
      environment: string[];
    };
    expect(environment).toEqual(['PATH']);
  });
});

describe('exec', () => {
  it('is the command: its output, its arguments, its exit code', async () => {
    const script = 'console.log(process.argv[1]); process.exitCode = 7';
    expect(await checkout.umbra(['exec', 'node', '-e', script, '--', '--help'])).toMatchObject({
      code: 7,
      stdout: '--help\n',
    });
  });

  it('ends as the shell would when a signal ends the command', async () => {
    expect((await checkout.umbra(['exec', 'node', '-e', 'process.kill(process.pid)'])).code).toBe(143);
  });

  it('says when there is no such command', async () => {
    expect(await checkout.umbra(['exec', 'frobnicate'])).toMatchObject({ code: 69 });
  });
});
