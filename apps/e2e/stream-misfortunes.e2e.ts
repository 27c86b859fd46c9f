import { describe, expect, it } from '@jest/globals';
import { differences } from './checkers/equal.ts';
import { missingEvents } from './checkers/no-loss.ts';
import { eventually } from './harness/eventually.ts';
import { edits } from './harness/edits.ts';
import { sharedWorld } from './harness/shared-world.ts';
import type { App } from './harness/world.ts';

/** After the last change, until nothing is missing any more. */
const QUIET_MS = 60_000;

describe('a change stream that meets misfortune ends with a shadow equal to Salesforce, and no event lost', () => {
  let worker: App;
  let round = 1;

  const world = sharedWorld(async (created) => {
    worker = await created.startQuickWorker();
    expect(await created.backfill()).toMatchObject({ code: 0 });
  });

  /** Commits `times` rounds of edits, one transaction per record, as fast as the org takes them. */
  async function edit(times: number): Promise<void> {
    for (let n = 0; n < times; n++, round++) await world().org.transact(edits(round));
  }

  async function converged(): Promise<void> {
    await eventually('the shadow equals Salesforce', QUIET_MS, async () => {
      expect(await differences(world().database, world().org, false)).toEqual([]);
    });
    expect(await missingEvents(world().database, world().org)).toEqual([]);
  }

  const epoch = async (): Promise<number | undefined> =>
    (await world().database.rows<{ n: number }>('select max(epoch)::int as n from sf_stream'))[0]?.n;

  async function stream(patch: Record<string, unknown>): Promise<void> {
    await world().org.control('PATCH', '/pubsub/knobs', patch);
  }

  it('a worker killed with -9 while changes stream in', async () => {
    for (let kill = 0; kill < 3; kill++) {
      const editing = edit(10);
      await eventually('changes are being stored', QUIET_MS, async () => {
        const [row] = await world().database.rows<{ n: number }>(
          'select count(*)::int as n from sf_raw_event',
        );
        expect(row?.n).toBeGreaterThan(kill * 50);
      });
      await worker.child.stop('SIGKILL');
      await editing;
      worker = await world().startQuickWorker();
    }
    await converged();
  }, 180_000);

  it('Redis emptied in the middle of it', async () => {
    const editing = edit(15);
    await world().redis.flushdb();
    await editing;
    await world().redis.flushdb();
    await converged();
  }, 120_000);

  it('a whole suffix delivered again, and events out of order', async () => {
    const before = await epoch();
    await stream({ shuffle: 20 });
    await edit(10);
    await stream({ shuffle: 0 });
    await world().org.control('POST', '/pubsub/replay-suffix', { n: 200 });
    await converged();
    expect(await epoch()).toBe(before);
  }, 120_000);

  it('streams that end again and again', async () => {
    for (let end = 0; end < 5; end++) {
      await edit(3);
      await world().org.control('POST', '/pubsub/end-streams', {
        status: 14,
        details: 'RST_STREAM closed stream',
      });
    }
    await converged();
  }, 120_000);

  it('gaps in place of changes', async () => {
    await stream({ gapEvents: 0.3 });
    await edit(6);
    await stream({ gapEvents: 0 });
    await converged();
  }, 120_000);

  it('an event that does not decode, and a field added in mid-stream', async () => {
    await edit(2);
    await world().org.control('POST', '/schema', {
      change: 'add',
      object: 'Product2',
      field: 'Colour__c',
      type: 'string',
      length: 40,
    });
    await world().org.transact([
      {
        op: 'update',
        object: 'Product2',
        id: '01t5g0000000001AAA',
        fields: { Colour__c: 'blue', Name: 'Painted' },
      },
    ]);
    await edit(2);
    await converged();
  }, 120_000);
});
