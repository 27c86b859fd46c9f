import pg from 'pg';
import { migrate, openStore } from '../src/index.ts';
import { commits, drain, lease } from './zz-events.ts';
const url = 'postgresql://postgres@127.0.0.1:55999/postgres';
await migrate({ databaseUrl: url });
const store = await openStore({ databaseUrl: url, applicationName: 'bench', max: 4 });
const c = new pg.Client(url); await c.connect();
console.log((await c.query("select name, setting from pg_settings where name in ('fsync','synchronous_commit','full_page_writes')")).rows);
for (const d of [...Array(15).keys()]) await c.query('SELECT sf_ensure_partitions((now() - make_interval(days => $1))::date)', [d]);
const texts = Buffer.from(Array.from({ length: 400 }, (_, i) => `Field${i % 37}__c Plan ${(i * 7919) % 1013} ${Math.sin(i).toString(36)}`).join(' '));
const mine = await lease(store);
let n = 200;
for (const [size, bytes] of [[100, 500], [100, 5000], [250, 5000], [500, 5000], [100, 5000], [500, 5000]] as const) {
  const batches = Array.from({ length: 10000 / size }, (_, b) => commits(n + b * size, n + b * size + size - 1, { bytes: 10 })).map((b) => ({ ...b, events: b.events.map((e) => ({ ...e, event: { ...e.event, payload: Buffer.concat([e.event.payload, texts.subarray(Number(e.event.eventId.slice(6)) % 5000), texts]).subarray(0, bytes) } })) }));
  n += 10000;
  const t = performance.now();
  for (const b of batches) await store.streamLog.append(mine, b);
  console.log(size, bytes, Math.round(10000 / ((performance.now() - t) / 1000)), 'events/s');
}
let t = performance.now(); const k = (await drain(store)).length; console.log('drained', k, Math.round(k / ((performance.now() - t) / 1000)), '/s');
const time = async (name: string, f: () => Promise<unknown>) => { await f(); const t = performance.now(); for (let i = 0; i < 30; i++) await f(); console.log(name, ((performance.now() - t) / 30).toFixed(2), 'ms'); };
const at = new Date();
await store.ledger.prove({ object: 'Account', facet: 'rows', from: null, to: at, via: 'backfill', epoch: 0, runId: null }, []);
await time('coveredAt idle', () => store.reads.coveredAt('Account'));
await time('lagging idle', () => store.changeLog.laggingLanes());
await time('pending idle', () => store.changeLog.withLane(3, async (tx) => tx.pending({ changes: 500, bytes: 4e6 })));
const ex = await c.query(`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY ON) SELECT at.lane, max(top.stream_seq) FROM (SELECT stream.stream_id, wanted.lane::smallint AS lane, coalesce(applied.applied_seq, 0) AS applied_seq, coalesce(applied.applied_ord, 0) AS applied_ord FROM sf_stream AS stream CROSS JOIN generate_series(0, 63) AS wanted (lane) LEFT JOIN sf_lane_applied AS applied ON applied.stream_id = stream.stream_id AND applied.lane = wanted.lane) AS at CROSS JOIN LATERAL (SELECT change.stream_seq FROM sf_change AS change WHERE change.lane = at.lane AND change.stream_id = at.stream_id AND (change.stream_seq, change.ord) > (at.applied_seq, at.applied_ord) ORDER BY change.stream_seq DESC, change.ord DESC LIMIT 1) AS top GROUP BY 1`);
console.log(ex.rows.map((r) => r['QUERY PLAN']).slice(-3).join('\n'));
await c.end(); await store.close();
