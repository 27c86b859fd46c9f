import { describe, expect, it } from '@jest/globals';
import { differences } from './checkers/equal.ts';
import { recordWith } from './harness/catalogue.ts';
import { eventually } from './harness/eventually.ts';
import { Reader } from './harness/reader.ts';
import { sharedWorld } from './harness/shared-world.ts';
import type { App, World } from './harness/world.ts';

const account = '0015g0000000002AAA';
const on = 'true';
const off = 'false';

interface Flags {
  readonly ENABLE_SF_EVENT_CONSUMER: string;
  readonly ENABLE_SF_NIGHTLY_DELTA: string;
  readonly ENABLE_SF_SHADOW_READS: string;
}

describe('switches of the rollout', () => {
  let worker: App;
  let bff: App;
  let product = '';
  let round = 0;
  let flags: Flags = {
    ENABLE_SF_EVENT_CONSUMER: on,
    ENABLE_SF_NIGHTLY_DELTA: on,
    ENABLE_SF_SHADOW_READS: on,
  };

  const world = sharedWorld(async (created) => {
    await created.org.control('PATCH', '/pubsub/knobs', { keepAliveEvery: 1 });
    worker = await created.startQuickWorker({ ...flags });
    expect(await created.backfill()).toMatchObject({ code: 0 });
    bff = await created.startBff({ ...flags });
    product = (await recordWith(created.org, 'Product2', 'StockKeepingUnit', 'INT-FTTH-GOLD')).Id;
  });

  const reader = (): Reader => new Reader(bff, world().key);

  /** Turns one switch, the way a deployment does: the process that reads it starts anew. */
  async function flip(name: keyof Flags): Promise<void> {
    flags = { ...flags, [name]: flags[name] === on ? off : on };
    if (name === 'ENABLE_SF_SHADOW_READS') {
      await bff.child.stop();
      bff = await world().startBff({ ...flags });
    } else {
      await worker.child.stop();
      worker = await world().startQuickWorker({ ...flags });
    }
  }

  /** An answer may be old, but it says so: one without the edit claims to be from before it. */
  async function honest(): Promise<void> {
    const name = `Gold ${++round}`;
    const before = Date.now();
    await world().org.transact([{ op: 'update', object: 'Product2', id: product, fields: { Name: name } }]);
    const answer = await reader().get<{ name: string }>('/api/catalog/products/INT-FTTH-GOLD');
    expect(answer.status).toBe(200);
    if (answer.data.name !== name) expect(Date.parse(answer.meta.asOf)).toBeLessThan(before + 1_000);
    const demanded = await reader().get<{ name: string }>('/api/catalog/products/INT-FTTH-GOLD', {
      'cache-control': 'max-age=0',
    });
    expect([demanded.status, demanded.data.name]).toEqual([200, name]);
  }

  const whole = (): Promise<void> =>
    eventually('the shadow equals Salesforce and no hole is open', 90_000, async () => {
      expect(await differences(world().database, world().org, false)).toEqual([]);
      expect(await world().database.rows('SELECT cause FROM sf_hole WHERE closed_at IS NULL')).toEqual([]);
    });

  it.each<[string, readonly (keyof Flags)[]]>([
    [
      'reads, consumer, delta',
      ['ENABLE_SF_SHADOW_READS', 'ENABLE_SF_EVENT_CONSUMER', 'ENABLE_SF_NIGHTLY_DELTA'],
    ],
    [
      'delta, reads, consumer',
      ['ENABLE_SF_NIGHTLY_DELTA', 'ENABLE_SF_SHADOW_READS', 'ENABLE_SF_EVENT_CONSUMER'],
    ],
  ])('may be turned alone: %s', async (_, order) => {
    for (const name of order) {
      await flip(name);
      await honest();
      const { meta } = await reader().get('/api/eligibility/' + account);
      if (flags.ENABLE_SF_SHADOW_READS === off) expect(meta.source).not.toBe('shadow');
    }
    if (flags.ENABLE_SF_EVENT_CONSUMER === on) await whole();
  });

  it('compare: answers come from Salesforce, and a shadow that is wrong is found', async () => {
    await bff.child.stop();
    bff = await world().startBff({ ...flags, ENABLE_SF_SHADOW_COMPARE: on });
    const [right, other] = ['0015g0000000005AAA', '0015g0000000001AAA'];
    await plantWrong(world(), other);
    for (const id of [right, other]) {
      const answer = await reader().get<{ status: string }>(`/api/eligibility/${id}`);
      expect([answer.status, answer.meta.source]).toEqual([200, 'salesforce']);
    }
    await eventually('both are judged', 60_000, async () => {
      const headers = { authorization: `Bearer ${world().key}` };
      const metrics = await (await fetch(`${bff.url}/metrics`, { headers })).text();
      expect(metrics).toMatch(/^sf_shadow_compare_total\{[^}]*outcome="different"[^}]*\} 1$/m);
      expect(metrics).toMatch(/^sf_shadow_compare_total\{[^}]*outcome="equal"[^}]*\} [1-9]/m);
    });
    await bff.child.printed(new RegExp(other));
    expect(bff.child.output).not.toContain('PLANTED');
  });
});

/** As a defect would leave it: the row says something else, and nothing tells that it is doubtful. */
async function plantWrong({ database }: World, id: string): Promise<void> {
  const planted = await database.rows(
    `UPDATE sf_account_eligibility_shadow SET internet_eligibility = 'PLANTED' WHERE account_id = $1 RETURNING 1`,
    [id],
  );
  expect(planted).toHaveLength(1);
}
