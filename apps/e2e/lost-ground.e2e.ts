import { describe, expect, it } from '@jest/globals';
import { differences } from './checkers/equal.ts';
import { edits } from './harness/edits.ts';
import { eventually } from './harness/eventually.ts';
import { sharedWorld } from './harness/shared-world.ts';
import type { App } from './harness/world.ts';

interface StreamFacts {
  readonly topic: string;
  readonly preset: string;
}

describe('what the stream cannot bring is read again', () => {
  let worker: App;
  let round = 500;

  const world = sharedWorld(async (created) => {
    // As often as the short waits of the worker expect them; the usual minute would count as silence.
    await created.org.control('PATCH', '/pubsub/knobs', { keepAliveEvery: 1 });
    worker = await created.startQuickWorker();
    expect(await created.backfill()).toMatchObject({ code: 0 });
  });

  async function edit(times: number): Promise<void> {
    for (let n = 0; n < times; n++, round++) await world().org.transact(edits(round));
  }

  /** Equal, and every hole closed: the product knows that it is whole again. */
  async function whole(): Promise<void> {
    await eventually('the shadow equals Salesforce and no hole is open', 90_000, async () => {
      expect(await differences(world().database, world().org, false)).toEqual([]);
      const open = await world().database.rows(
        'select object, scope, cause from sf_hole where closed_at is null',
      );
      expect(open).toEqual([]);
    });
  }

  const presets = async (): Promise<readonly string[]> =>
    (
      await world()
        .org.control<{ streams: StreamFacts[] } | StreamFacts[]>('GET', '/pubsub/streams')
        .then((answer) => (Array.isArray(answer) ? answer : answer.streams))
    ).map(({ preset }) => preset);

  it('after an overflow, by a full read', async () => {
    await edit(2);
    await world().org.control('POST', '/pubsub/unspecific', { object: 'Account', kind: 'overflow' });
    await edit(2);
    await whole();
  }, 150_000);

  it('after a field conversion that names no record', async () => {
    await world().org.control('POST', '/pubsub/unspecific', { object: 'Product2', kind: 'wildcard' });
    await edit(1);
    await whole();
    const stars = await world().database.rows("select 1 from sf_shadow_aside where record_id like '%*'");
    expect(stars).toEqual([]);
  }, 150_000);

  it('after an outage longer than the 72 hours that events are kept', async () => {
    await worker.child.stop();
    await edit(3);
    await world().org.control('POST', '/clock', { advanceSeconds: 73 * 3600 });
    await edit(1);
    worker = await world().startQuickWorker();
    await whole();
    expect(await presets()).not.toContain('LATEST');
  }, 200_000);

  it('after a sandbox refresh or org migration, when all numbers begin anew', async () => {
    await edit(1);
    await world().org.control('POST', '/pubsub/migrate', {});
    await edit(3);
    await whole();
    expect(await presets()).not.toContain('LATEST');
  }, 200_000);
});
