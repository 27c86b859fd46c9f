import { strict as assert } from 'node:assert';
import { eventually } from '../harness/eventually.ts';
import { callsOf, orgCounters, queueView } from '../harness/queue-view.ts';
import { Reader } from '../harness/reader.ts';
import type { App } from '../harness/world.ts';
import type { FaultCase, Trial } from './fault-case.ts';
import { tokenCalls } from './stream-cut.ts';

const order = { currency: 'EUR', lines: [{ sku: 'INT-FTTH-GOLD', quantity: 2 }] };

/** Reads of a BFF that has to ask Salesforce for everything. */
const withoutShadow = {
  ENABLE_SF_SHADOW_READS: 'false',
  BFF_CLIENT_REQUESTS_PER_SECOND: '100000',
  BFF_CLIENT_FRESH_READS_PER_MINUTE: '100000',
};

/** Rows 25 to 28, and the calls of 41: Salesforce refuses, is slow, or is used up by others; Redis does not tell. */
export const callsRunShort: readonly FaultCase[] = [
  {
    row: 25,
    title: 'all tokens revoked in mid-bulk',
    tier: 'test',
    seeds: 3,
    async drive({ arena, edit, figure, startWorker, worker }) {
      const reading = arena.startBackfill();
      await reading.printed(/./);
      await arena.org.control('POST', '/tokens/revoke');
      await edit(2);
      const code = await reading.exited();
      assert.equal(code, 0, reading.output);
      // Two programs of the fleet: whoever was refused first signs in, the other takes its session over.
      const signIns = await tokenCalls(arena);
      figure('token calls', signIns);
      assert.ok(signIns <= 2, `${signIns} token calls after one revocation`);
      await worker.child.end();
      await startWorker();
      assert.equal(await tokenCalls(arena), signIns, 'a program that starts takes the session over');
    },
  },
  {
    row: 26,
    title: 'daily budget used up',
    tier: 'torture',
    seeds: 3,
    async drive(trial) {
      const { arena, figure } = trial;
      const drained = withBff(trial, withoutShadow, async (bff, reader) => {
        assert.equal((await reader.quote(order)).status, 200);
        // So little of our 80 % is left that all but the most urgent have to wait, and then nothing. Calls that never
        // arrived at the org are counted as used too.
        const used = Math.max((await orgCounters(arena.org)).dailyUsed, await ledgerSum(trial));
        await arena.org.knobs({ dailyLimit: Math.ceil((used + 25) / 0.8) });
        let served = 0;
        while ((await reader.quote(order)).status === 200) served++;
        figure('quotes served from the reserve', served);
        assert.ok(served >= 2, `${served} quotes served`);
        const { salesforce } = await queueView(bff, arena.key);
        assert.equal(salesforce.degradation.state, 'degraded');
        assert.ok(salesforce.degradation.until !== null);
        assert.ok(Object.values(salesforce.byClass).every(({ admitted }) => !admitted));
        const before = callsOf(await orgCounters(arena.org), 'umbra');
        for (let turn = 0; turn < 20; turn++) {
          const refused = await reader.quote(order);
          assert.equal(refused.status, 503, refused.text);
          assert.ok(Number(refused.headers.get('retry-after')) >= 1);
        }
        const after = callsOf(await orgCounters(arena.org), 'umbra');
        assert.deepEqual(after, before, 'no call after the refusal');
        assert.equal(after.refused, 0);
      });
      await drained.finally(() => forgetScarcity(trial));
    },
  },
  {
    row: 27,
    title: 'all long calls of the org taken by others',
    tier: 'torture',
    seeds: 3,
    excused: { 'source-limits': 'whatever is asked while others hold all places is refused' },
    async drive(trial) {
      const { arena, figure } = trial;
      await withBff(trial, withoutShadow, async (bff, reader) => {
        assert.equal((await reader.quote(order)).status, 200);
        await arena.org.knobs({ longCallsTaken: 25 });
        for (let turn = 0; turn < 60; turn++) {
          const { status, text } = await reader.quote(order);
          assert.equal(status, 503, text);
        }
        const { refused } = callsOf(await orgCounters(arena.org), 'umbra');
        figure('refused calls of 60 reads', refused);
        assert.ok(refused <= 20, `${refused} refused calls`);
        await arena.org.knobs({ longCallsTaken: 0 });
        await eventually('quotes are served again', 60_000, async () => {
          assert.equal((await reader.quote(order)).status, 200);
        });
        assert.equal((await queueView(bff, arena.key)).salesforce.degradation.state, 'normal');
      });
    },
  },
  {
    row: 28,
    title: 'half of all queries fail with an HTML page, then all, then none',
    tier: 'test',
    seeds: 1,
    async drive(trial) {
      const { arena, figure } = trial;
      await withBff(trial, withoutShadow, async (bff, reader) => {
        assert.equal((await reader.quote(order)).status, 200);
        const html = { match: { route: 'query' }, status: 503, htmlBody: true };
        await arena.org.fault({ ...html, probability: 0.5 });
        const begun = performance.now();
        const asked = callsOf(await orgCounters(arena.org), 'umbra').calls;
        let opened = false;
        let reads = 0;
        while (!opened && reads < 400) {
          await reader.quote(order);
          reads++;
          opened = (await queueView(bff, arena.key)).salesforce.degradation.reason === 'breaker-open';
        }
        figure('breaker open after', (performance.now() - begun) / 1_000, 's');
        assert.ok(opened, 'the breaker has opened');
        await arena.org.clearFaults();
        await arena.org.fault(html);
        const before = callsOf(await orgCounters(arena.org), 'umbra').calls;
        for (let turn = 0; turn < 50; turn++) assert.equal((await reader.quote(order)).status, 503);
        const during = callsOf(await orgCounters(arena.org), 'umbra').calls - before;
        figure('calls for 50 reads while open', during);
        // The worker, with a breaker of its own, may have asked as well.
        assert.ok(during <= 12, `${during} calls while the breaker was open`);
        figure('calls until open', before - asked);
        await arena.org.clearFaults();
        await eventually('quotes are served again', 60_000, async () => {
          assert.equal((await reader.quote(order)).status, 200);
        });
      });
    },
  },
  {
    row: 41,
    title: 'calls while Redis is black-holed: a pessimistic part, and none uncounted',
    tier: 'test',
    seeds: 1,
    async drive(trial) {
      const { arena, figure } = trial;
      await withBff(trial, { ...withoutShadow, ...arena.through(['redis']) }, async (_bff, reader) => {
        assert.equal((await reader.quote(order)).status, 200);
        arena.proxies.redis.set({ kind: 'black-hole' });
        const times: number[] = [];
        for (let turn = 0; turn < 20; turn++) {
          const begun = performance.now();
          const { status, text } = await reader.quote(order);
          assert.equal(status, 200, text);
          times.push(performance.now() - begun);
        }
        figure('slowest live quote', Math.max(...times), 'ms');
        arena.proxies.redis.set({ kind: 'pass' });
        arena.proxies.redis.reset();
        await ledgerHasAll(trial);
      });
    },
  },
];

/** Calls that the ledger counts. */
async function ledgerSum({ arena }: Trial): Promise<number> {
  const [row] = await arena.database.rows<{ sum: number }>(
    'SELECT sum(calls)::int AS sum FROM sf_api_budget',
  );
  return row?.sum ?? 0;
}

/** What the ledger counts is never less than what the org counted. */
async function ledgerHasAll(trial: Trial): Promise<void> {
  const { arena, figure } = trial;
  const { dailyUsed } = await orgCounters(arena.org);
  const counted = await ledgerSum(trial);
  figure('ledger ahead of the org by', counted - dailyUsed, 'calls');
  assert.ok(counted >= dailyUsed, `the ledger counts ${counted} calls, the org ${dailyUsed}`);
}

async function withBff(
  { arena }: Trial,
  env: Record<string, string>,
  body: (bff: App, reader: Reader) => Promise<void>,
): Promise<void> {
  const bff = await arena.startBff(env);
  try {
    await body(bff, new Reader(bff, arena.key));
  } finally {
    await bff.child.end();
  }
}

/** The org is rich again. Programs would find out by a probe within a minute; new ones without memory at once. */
async function forgetScarcity({ arena, startWorker, worker }: Trial): Promise<void> {
  await worker.child.end();
  await arena.calm();
  await arena.redis.del('budget:told');
  await arena.database.rows(
    'UPDATE sf_api_told SET used = NULL, daily_limit = NULL, told_at = NULL, refused_at = NULL',
  );
  await startWorker();
}
