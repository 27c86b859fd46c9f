import { strict as assert } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '../harness/eventually.ts';
import type { Arena } from './arena.ts';
import type { FaultCase } from './fault-case.ts';
import { noOpenHole } from './killed-workers.ts';

/** Calls to the token endpoint since the trial began. */
export async function tokenCalls({ org }: Arena): Promise<number> {
  const { calls } = await org.control<{ calls: { route: string; calls: number }[] }>('GET', '/counters');
  return calls.filter(({ route }) => route === 'token').reduce((sum, one) => sum + one.calls, 0);
}

/** Rows 1 to 3 and the stream's part of 25: the connection breaks, only looks alive, is slow, or loses its token. */
export const streamCut: readonly FaultCase[] = [
  {
    row: 1,
    title: 'stream reset again and again',
    tier: 'test',
    seeds: 1,
    through: ['pubsub'],
    async drive({ arena, chance, figure, load, pressure }) {
      const cuts = pressure.name === 'test' ? 5 : 10;
      const [low, high] = pressure.name === 'test' ? [100, 600] : [500, 3_000];
      const running = await load(300);
      for (let cut = 0; cut < cuts; cut++) {
        await pause(chance.between(low, high));
        arena.proxies.pubsub.reset();
      }
      figure('changes', await running.end());
      figure('cuts', cuts);
    },
  },
  {
    row: 1,
    title: 'streams ended by the server again and again',
    tier: 'test',
    seeds: 1,
    async drive({ arena, edit }) {
      for (let end = 0; end < 5; end++) {
        await edit(3);
        const details = 'RST_STREAM closed stream';
        await arena.org.control('POST', '/pubsub/end-streams', { status: 14, details });
      }
    },
  },
  {
    row: 2,
    title: 'half-open stream: neither data nor an end',
    tier: 'test',
    seeds: 1,
    through: ['pubsub'],
    async drive(trial) {
      const { arena, edit, figure } = trial;
      await noOpenHole(trial);
      const [last] = await arena.database.rows<{ id: string }>(
        'SELECT coalesce(max(id), 0) AS id FROM sf_hole',
      );
      arena.proxies.pubsub.set({ kind: 'black-hole' });
      const begun = performance.now();
      await edit(2);
      await eventually('the silence is noticed', 30_000, async () => {
        const causes = await arena.database.rows<{ cause: string }>(
          "SELECT DISTINCT cause FROM sf_hole WHERE id > $1 AND cause = 'stream-silent'",
          [last?.id],
        );
        assert.equal(causes.length, 1);
      });
      figure('noticed after', (performance.now() - begun) / 1_000, 's');
      arena.proxies.pubsub.set({ kind: 'pass' });
      // What was swallowed is gone: the connections behind it have lost their place.
      arena.proxies.pubsub.reset();
      const healed = performance.now();
      await noOpenHole(trial);
      figure('whole again after', (performance.now() - healed) / 1_000, 's');
    },
  },
  {
    row: 3,
    title: '2 s latency, 500 ms jitter, 50 KB/s',
    tier: 'torture',
    seeds: 1,
    through: ['pubsub'],
    convergesWithinSeconds: 180,
    async drive({ arena, figure, load }) {
      const running = await load(20);
      arena.proxies.pubsub.set({ kind: 'latency', ms: 2_000, jitterMs: 500, bytesPerSecond: 50_000 });
      figure('changes', await running.done());
      const { now } = await arena.org.control<{ now: string }>('GET', '/clock');
      const lag = await arena.database.rows<{ behind: number }>(
        'SELECT extract(epoch FROM $1::timestamptz - min(evidence_at))::float8 AS behind FROM sf_stream',
        [now],
      );
      figure('proof behind', lag[0]?.behind ?? Number.NaN, 's');
    },
  },
  {
    row: 25,
    title: 'all tokens revoked in mid-stream',
    tier: 'test',
    seeds: 3,
    async drive({ arena, converged, edit, figure, load, pressure }) {
      await arena.org.control('PATCH', '/pubsub/knobs', { streamsOutliveTokens: false });
      const running = pressure.name === 'test' ? undefined : await load(8);
      await edit(1);
      await arena.org.control('POST', '/tokens/revoke');
      const begun = performance.now();
      // The server looks at the token of a stream when it sends something, and not each time.
      await eventually('a new token was asked for', 30_000, async () => {
        await edit(1);
        assert.ok((await tokenCalls(arena)) > 0);
      });
      figure('signed in again after', (performance.now() - begun) / 1_000, 's');
      if (running !== undefined) figure('changes', await running.done());
      await converged();
      const signIns = await tokenCalls(arena);
      figure('token calls', signIns);
      assert.ok(signIns <= 2, `${signIns} token calls after one revocation`);
    },
  },
];
