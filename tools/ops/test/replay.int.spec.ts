import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { eventVersion } from '@umbra/domain';
import { migrate, openStore } from '@umbra/store';
import { openTestRedis, recordId, withTestDatabase } from '@umbra/testing';
import { runOps } from './run-ops.ts';

const topic = '/data/AccountChangeEvent';
const id = recordId('001', 1);

/** An org that was seen, and one change of an account. */
async function received(databaseUrl: string): Promise<void> {
  const store = await openStore({ databaseUrl, applicationName: 'ops-test' });
  try {
    const facts = { isMultiCurrency: true, standardPricebookId: recordId('01s', 1) };
    await store.org.remember({ orgId: recordId('00D', 1), instance: 'SIM1', ...facts });
    const lease = await store.streamLog.acquire(topic, ['Account'], 'test', 30);
    if (lease === undefined) throw new Error('the topic is taken');
    const committedAt = new Date().toISOString();
    const change = { object: 'Account', recordId: id, changeType: 'UPDATE', committedAt } as const;
    const bytes = { payload: Buffer.from('event'), replayId: new Uint8Array() };
    await store.streamLog.append(lease, {
      events: [
        {
          event: { eventId: 'e1', schemaId: 'never kept', ...bytes },
          fingerprint: Buffer.from('print'),
          changes: [{ ...change, version: eventVersion(0, 1n, 1) }],
          error: null,
          day: committedAt.slice(0, 10),
        },
      ],
      replayId: null,
      commitNumber: 1n,
      commitTimestamp: committedAt,
      evidenceAt: null,
    });
  } finally {
    await store.close();
  }
}

describe('ops replay', () => {
  it.each([
    [[], 'say what to replay'],
    [['--id', 'abc'], '--id takes record ids'],
    [['--id', id, '--object', 'Product2'], `${id} is no record of Product2`],
    [['--from', 'yesterday'], '--from takes a UTC day'],
    [['--from', '2026-11-20', '--to', '2026-11-19'], '--from must be earlier than --to'],
  ])('refuses %j', async (words, reason) => {
    const run = await runOps(['replay', ...words]);
    expect(run.code).toBe(64);
    expect(run.stderr).toContain(reason);
  });

  it('counts, and says which schema it would need', () =>
    withTestDatabase(migrate, async ({ url }) => {
      const redis = await openTestRedis();
      try {
        const env = {
          DATABASE_URL: url,
          REDIS_URL: redis.url,
          SF_FIELD_MAP_FILE: join(import.meta.dirname, '../../../config/field-map.yaml'),
        };
        expect((await runOps(['replay', '--id', id], env)).stderr).toContain('mirrors no org yet');
        await received(url);
        const plan = await runOps(['replay', '--id', id.slice(0, 15), '--dry-run'], env);
        expect([plan.code, plan.stderr]).toEqual([0, '']);
        expect(plan.stdout).toMatch(/^Would merge 1 changes of 1 records:\n.*\nAccount\s+UPDATE\s+1\n$/);
        const strange = await runOps(['replay', '--topic', '/data/Nothing__chn', '--dry-run'], env);
        expect(strange.stderr).toContain('/data/Nothing__chn has never been streamed');
        const nothing = await runOps(['replay', '--object', 'Product2', '--json'], env);
        expect(nothing.json()).toEqual({ changes: 0, records: 0, counts: [], written: 0, poisoned: 0 });
        expect((await runOps(['replay', '--topic', topic], env)).stderr).toContain('was not kept');
      } finally {
        await redis.close();
      }
    }));

  it('shows examples', async () => {
    expect((await runOps(['replay', '--help'])).stdout).toContain('$ ./umbra ops replay --id');
  });
});
