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
import type { KillPoint } from '../test-build/kill-points.ts';

/** Within and behind each of the two transactions that a change passes. */
const onTheWay = [
  'raw-inserted',
  'raw-committed',
  'rows-written',
  'job-acking',
] as const satisfies KillPoint[];

let org: SimulatedOrg;
let redis: TestRedis;
beforeAll(async () => {
  await buildProgram('worker-test');
  [org, redis] = await Promise.all([startSimulatedOrg(), openTestRedis()]);
  await control('PATCH', '/pubsub/knobs', { keepAliveEvery: 0.2 });
});
afterAll(() => Promise.all([org.close(), redis.close()]));

async function control(method: string, path: string, body: object): Promise<void> {
  await fetch(org.controlUrl + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

describe('a worker that is killed', () => {
  it.each(onTheWay)('at %s dies there, and the next one ends what it began', (point) =>
    withTestDatabase(migrate, async ({ url, rows }) => {
      const start = (more: Record<string, string>) =>
        startProgram('dist/worker-test/main.js', [], {
          DATABASE_URL: url,
          REDIS_URL: redis.url,
          SF_FIELD_MAP_FILE: join(import.meta.dirname, '../../../config/field-map.yaml'),
          AUTH_MODE: 'none',
          WORKER_PORT: '0',
          UMBRA_TEST_PROFILE: 'short',
          ...org.env,
          ...more,
        });
      const edit = {
        op: 'create',
        object: 'Account',
        fields: { Name: point, Internet_Eligibility__c: 'FTTH' },
      };
      await control('POST', '/transactions', { edits: [edit] });
      const victim = start({ UMBRA_KILL_POINT: point });
      await victim.ended;
      expect(victim.child.signalCode).toBe('SIGKILL');
      const heir = start({});
      const landed = async () =>
        (
          await rows<{ name: string }>(
            "SELECT raw_payload ->> 'Name' AS name FROM sf_account_eligibility_shadow",
          )
        ).filter(({ name }) => name === point).length;
      while ((await landed()) === 0) await new Promise(setImmediate);
      await heir.says(/"taking jobs"/);
      heir.child.kill('SIGTERM');
      expect((await heir.ended).code).toBe(0);
      expect(await landed()).toBe(1);
    }),
  );
});
