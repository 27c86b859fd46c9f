import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrate } from '@umbra/store';
import {
  buildProgram,
  openTestRedis,
  startProgram,
  startSimulatedOrg,
  withTestDatabase,
  type SimulatedOrg,
  type TestRedis,
} from '@umbra/testing';

const fieldMapFile = join(import.meta.dirname, '../../../config/field-map.yaml');
const start = (words: readonly string[], env: Readonly<Record<string, string>>) =>
  startProgram('dist/bff/salesforce-backfill-shadow.js', words, env);
const startBff = (env: Readonly<Record<string, string>>) => startProgram('dist/bff/main.js', [], env);

let org: SimulatedOrg;
let redis: TestRedis;
beforeAll(async () => {
  [org, redis] = await Promise.all([startSimulatedOrg(), openTestRedis(), buildProgram('bff')]);
});
afterAll(async () => {
  await Promise.all([org.close(), redis.close()]);
});

const envFor = (url: string): Record<string, string> => ({
  DATABASE_URL: url,
  REDIS_URL: redis.url,
  SF_FIELD_MAP_FILE: fieldMapFile,
  ...org.env,
});

describe('the backfill as a process', () => {
  it('lists every problem of its environment and no stack: 78', async () => {
    const { code, stdout, stderr } = await start([], { SF_API_VERSION: 'new' }).ended;
    expect([code, stdout]).toEqual([78, '']);
    for (const name of ['DATABASE_URL', 'REDIS_URL', 'SF_LOGIN_URL', 'SF_CLIENT_ID', 'SF_API_VERSION'])
      expect(stderr).toContain(`  - ${name} `);
    expect(stderr).not.toContain('node_modules');
  });

  it('explains itself, and refuses what it does not know: 0 and 64', async () => {
    const help = await start(['--help'], {}).ended;
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining('Examples:')]);
    expect((await start(['--objcts', 'Account'], {}).ended).code).toBe(64);
  });

  it('ends gracefully on SIGINT: 75, and --resume ends what it began: 0', () =>
    withTestDatabase(migrate, async ({ url, rows }) => {
      const env = envFor(url);
      await control('POST', { match: { path: '/jobs/query/[^/]+/results' }, latencyMs: 30_000 });
      const first = start([], env);
      await first.says(/Product2 (waiting|landing)/);
      first.child.kill('SIGINT');
      const interrupted = await first.ended;
      expect([interrupted.code, interrupted.stdout]).toEqual([75, expect.stringContaining('--resume')]);
      expect(await rows('SELECT state FROM sf_backfill_run')).toEqual([{ state: 'running' }]);
      await control('DELETE');
      const second = await start(['--resume'], env).ended;
      expect([second.code, second.stderr]).toEqual([0, expect.stringContaining('Account complete')]);
      expect(await rows('SELECT state FROM sf_backfill_run')).toEqual([{ state: 'complete' }]);
    }));

  async function control(method: 'POST' | 'DELETE', rule?: object): Promise<void> {
    const response = await fetch(`${org.controlUrl}/faults`, {
      method,
      ...(rule === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(rule) }),
    });
    expect(response.ok).toBe(true);
  }
});

describe('the BFF as a process', () => {
  it('lists every problem of its environment: 78', async () => {
    const { code, stderr } = await startBff({ BFF_PORT: 'http' }).ended;
    expect(code).toBe(78);
    expect(stderr).toContain('  - BFF_PORT needs a whole number');
    expect(stderr).toContain('  - DATABASE_URL is not set');
  });

  it('listens until SIGTERM and ends well: 0; a taken port that was set is refused: 69', () =>
    withTestDatabase(migrate, async ({ url }) => {
      const env = { ...envFor(url), AUTH_MODE: 'none' };
      const first = startBff({ ...env, BFF_PORT: '0' });
      const [, port = ''] = await first.says(/"port":(\d+).*"listening"/);
      const answer = await fetch(`http://127.0.0.1:${port}/health/ready`);
      expect(answer.status).toBe(200);
      const second = await startBff({ ...env, BFF_PORT: port }).ended;
      expect([second.code, second.stderr]).toEqual([69, expect.stringContaining('(BFF_PORT) is taken')]);
      first.child.kill('SIGTERM');
      const { code, stdout, stderr } = await first.ended;
      expect([code, stderr]).toEqual([0, '']);
      for (const entry of stdout.trim().split('\n')) JSON.parse(entry);
      const password = new URL(url).password;
      expect(stdout).not.toContain(password);
    }));
});
