import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { migrate } from '@umbra/store';
import {
  buildProgram,
  openTestRedis,
  startProgram,
  startSimulatedOrg,
  withTestDatabase,
  type SimulatedOrg,
  type StartedProgram,
} from '@umbra/testing';

const start = (env: Readonly<Record<string, string>>) => startProgram('dist/worker/main.js', [], env);

describe('the worker as a process', () => {
  beforeAll(() => buildProgram('worker'));

  it('lists every problem of its environment: 78', async () => {
    const { code, stderr } = await start({ WORKER_PORT: '-1' }).ended;
    expect(code).toBe(78);
    expect(stderr).toContain('  - WORKER_PORT needs a whole number');
    expect(stderr).toContain('  - SF_LOGIN_URL is not set');
  });

  it('takes jobs until SIGTERM and ends well: 0', () =>
    withWorker(async ({ worker }) => {
      worker.child.kill('SIGTERM');
      const { code, stdout, stderr } = await worker.ended;
      expect([code, stderr]).toEqual([0, '']);
      for (const line of stdout.trim().split('\n')) JSON.parse(line);
    }));

  it('ends by itself when nobody reads its output any more: 1', () =>
    withWorker(async ({ org, worker }) => {
      worker.child.stdout?.destroy();
      worker.child.stderr?.destroy();
      const load = { changesPerSecond: 5, seconds: 1, shape: 'mixed' };
      const { status } = await fetch(`${org.controlUrl}/load`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(load),
      });
      expect(status).toBeLessThan(300);
      expect((await worker.ended).code).toBe(1);
    }));
});

/** A worker that takes jobs, over stores of its own and an org of its own. */
async function withWorker(
  use: (world: { readonly org: SimulatedOrg; readonly worker: StartedProgram }) => Promise<void>,
): Promise<void> {
  const [org, redis] = await Promise.all([startSimulatedOrg(), openTestRedis()]);
  try {
    await withTestDatabase(migrate, async ({ url }) => {
      const worker = start({
        DATABASE_URL: url,
        REDIS_URL: redis.url,
        SF_FIELD_MAP_FILE: join(import.meta.dirname, '../../../config/field-map.yaml'),
        AUTH_MODE: 'none',
        WORKER_PORT: '0',
        ...org.env,
      });
      try {
        await worker.says(/"taking jobs"/);
        await use({ org, worker });
      } finally {
        worker.child.kill('SIGKILL');
        await worker.ended;
      }
    });
  } finally {
    await Promise.all([org.close(), redis.close()]);
  }
}
