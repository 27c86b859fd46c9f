import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hasEnded, identify, isAlive, type ProcessIdentity } from '../src/pids.ts';
import { pingPostgres } from '../src/postgres-server.ts';
import { untilReady } from '../src/ready.ts';
import { pingRedis } from '../src/redis-server.ts';
import { createCheckout, type Checkout } from './checkout.ts';

let checkout: Checkout;

beforeAll(() => {
  checkout = createCheckout();
  checkout.write(
    'run.mjs',
    `import { startTestServices } from './tools/stack/src/test-services.ts';
     const services = await startTestServices(process.argv[2]?.split(','));
     console.log(process.env.UMBRA_TEST_SERVICES ?? 'none');
     process.stdin.once('data', async () => {
       await services?.stop();
       process.exit();
     });`,
  );
  checkout.write('libs/reads/package.json', '{ "dependencies": { "zod": "1.0.0" } }');
  checkout.write('libs/store/package.json', '{ "devDependencies": { "@umbra/testing": "workspace:*" } }');
});
afterAll(() => checkout[Symbol.dispose]());

/** A test run that has just finished its set-up. */
async function testRun(projects?: string, environment: Readonly<Record<string, string>> = {}) {
  const { root } = checkout.paths;
  const run = spawn(
    process.execPath,
    [join(root, 'run.mjs'), ...(projects === undefined ? [] : [projects])],
    {
      cwd: root,
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  const errors: string[] = [];
  run.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const first = await Promise.race([once(run.stdout, 'data'), once(run, 'close')]);
  return { run, file: String(first[0]).trim(), errors: () => errors.join('') };
}

function serversOf(file: string): ProcessIdentity[] {
  return ['postgres', 'redis'].map(
    (name) => JSON.parse(readFileSync(join(file, `../${name}.identity.json`), 'utf8')) as ProcessIdentity,
  );
}

async function end(run: ChildProcess): Promise<void> {
  run.stdin?.write('end\n');
  await once(run, 'exit');
}

async function gone(folder: string): Promise<void> {
  const look = async () => {
    if (existsSync(folder)) throw new Error('still there');
  };
  await untilReady(`the removal of ${folder}`, look, { withinMs: 20_000 });
}

describe('the services of a test run', () => {
  it('are its own: two runs at once share nothing and leave nothing', async () => {
    const runs = await Promise.all([testRun(), testRun('store,reads')]);
    const facts = runs.map(({ file }) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>);
    for (const [index, { databaseUrl, redisUrl, redisServer }] of facts.entries()) {
      await pingPostgres(databaseUrl ?? '');
      await pingRedis(redisUrl ?? '');
      expect(redisServer).toMatchObject({ command: expect.stringContaining('-server') });
      expect(statSync(runs[index]?.file ?? '').mode & 0o777).toBe(0o600);
    }
    expect(facts[0]?.['databaseUrl']).not.toBe(facts[1]?.['databaseUrl']);
    const servers = runs.flatMap(({ file }) => serversOf(file));
    await Promise.all(runs.map(({ run }) => end(run)));
    expect(servers.filter(isAlive)).toEqual([]);
    expect(readdirSync(checkout.paths.tests)).toEqual([]);
  });

  it('end with it when it is killed', async () => {
    const { run, file } = await testRun();
    const servers = serversOf(file);
    run.kill('SIGKILL');
    for (const server of servers) expect(await hasEnded(server, 20_000)).toBe(true);
    await gone(join(file, '..'));
  });

  it('are cleared away by the next run when nothing else could', async () => {
    const orphan = spawn('sleep', ['1000']);
    const identity = identify(orphan.pid ?? 0);
    const left = join('.umbra/test/1');
    checkout.write(
      `${left}/owner.identity.json`,
      JSON.stringify({ pid: 1, startedAt: 'before the power failed' }),
    );
    checkout.write(`${left}/redis.identity.json`, JSON.stringify(identity));
    const { run } = await testRun();
    expect(identity && isAlive(identity)).toBe(false);
    expect(existsSync(join(checkout.paths.root, left))).toBe(false);
    await end(run);
  });

  it('are not started for projects that cannot ask for them', async () => {
    const { run, file } = await testRun('reads');
    expect(file).toBe('none');
    await end(run);
  });

  it('may be given, and are then neither started nor stopped', async () => {
    checkout.write('given.json', '{}');
    const given = join(checkout.paths.root, 'given.json');
    const { run, file } = await testRun(undefined, { UMBRA_TEST_SERVICES: given });
    expect(file).toBe(given);
    await end(run);
    expect(existsSync(given)).toBe(true);
  });

  it('that were given but are not there are named', async () => {
    const { run, errors } = await testRun(undefined, { UMBRA_TEST_SERVICES: '/nowhere.json' });
    if (run.exitCode === null) await once(run, 'close');
    expect(errors()).toContain('UMBRA_TEST_SERVICES names /nowhere.json, which does not exist');
  });
});
