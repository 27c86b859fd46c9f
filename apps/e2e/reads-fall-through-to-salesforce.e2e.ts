import { afterEach, describe, expect, it } from '@jest/globals';
import { FaultProxy } from '@umbra/testing/servers';
import { readRoutes, type Offer } from './harness/catalogue.ts';
import { eventually } from './harness/eventually.ts';
import { callsOf, orgCounters, queueView } from './harness/queue-view.ts';
import { Reader, type Reply } from './harness/reader.ts';
import { sharedWorld } from './harness/shared-world.ts';
import type { App } from './harness/world.ts';

const world = sharedWorld(async (created) => {
  expect(await created.backfill()).toMatchObject({ code: 0 });
});

afterEach(() => world().org.clearFaults());

interface Eligibility {
  readonly internetEligibility: string | null;
  readonly offeringTypes: readonly string[];
}

async function startReader(
  env: Record<string, string>,
): Promise<Reader & { readonly app: App; stop(): Promise<void> }> {
  const app = await world().startBff(env);
  const reader = new Reader(app, world().key);
  return Object.assign(reader, {
    app,
    async stop() {
      expect(await app.child.stop()).toBe(0);
      await world().ops(['cache', 'clear']);
    },
  });
}

/** A backfill proves everything up to five minutes before its start, so by this bound every row is too old. */
const impatient = { SF_ELIGIBILITY_STALE_AFTER_SECONDS: '60' };
const withoutShadow = { ENABLE_SF_SHADOW_READS: 'false' };
const account = '0015g0000000008AAA';

describe('reads that the shadow cannot answer', () => {
  it('say the same from Salesforce as from the shadow, on every route, and then from the cache', async () => {
    const fromShadow = await startReader({});
    const expected = new Map<string, unknown>();
    for (const path of readRoutes) expected.set(path, (await fromShadow.get(path)).data);
    await fromShadow.stop();

    const live = await startReader(withoutShadow);
    for (const path of readRoutes) {
      const reply = await live.get(path);
      expect([path, reply.status, reply.data]).toEqual([path, 200, expected.get(path)]);
      expect(reply.meta.stale).toBe(false);
      // A later route may find what an earlier one has fetched.
      expect(['salesforce', 'cache']).toContain(reply.meta.source);
    }
    const first = await live.get<Offer>('/api/catalog/products/HW-ONT');
    expect([first.meta.source, first.headers.get('x-data-source')]).toEqual(['salesforce', 'salesforce']);
    expect(first.meta.ageSeconds).toBeLessThan(30);
    const second = await eventually('the answer is cached', 5_000, async () => {
      const reply = await live.get<Offer>('/api/catalog/products/HW-ONT');
      if (reply.meta.source !== 'cache') throw new Error(reply.meta.source);
      return reply;
    });
    expect(second.data).toEqual(first.data);
    const unknown = await live.get('/api/catalog/products/NOPE');
    expect(unknown.problem).toMatchObject({ status: 404, code: 'READ_NOT_FOUND' });
    const quote = await live.quote<{ total: string }>({
      currency: 'EUR',
      lines: [{ sku: 'SIM-M', quantity: 2 }],
    });
    expect([quote.meta.source, quote.data.total]).toEqual(['salesforce', '35.80']);
    await live.stop();
  }, 120_000);

  it('fetch eligibility that is too old, and the worker refreshes the row', async () => {
    const { org, database } = world();
    // Without the stream, which would bring the change by itself and keep the shadow young.
    const worker = await world().startWorker({ ENABLE_SF_EVENT_CONSUMER: 'false' });
    const reader = await startReader(impatient);
    const fields = { Internet_Eligibility__c: 'Satellite;5G Home', Internet_Eligibility_Source__c: 'Manual' };
    await org.transact([{ op: 'update', object: 'Account', id: account, fields }]);

    const live = await reader.get<Eligibility>(`/api/eligibility/${account}`);
    expect(live.meta).toMatchObject({ source: 'salesforce', stale: false });
    expect(live.data).toMatchObject({
      internetEligibility: 'Satellite;5G Home',
      offeringTypes: ['Satellite', '5G Home'],
    });
    await eventually('the worker refreshes the row', 20_000, async () => {
      const [row] = await database.rows<{ internet_eligibility: string; eligibility_source: string }>(
        'select internet_eligibility, eligibility_source from sf_account_eligibility_shadow where account_id = $1',
        [account],
      );
      expect(row).toEqual({ internet_eligibility: 'Satellite;5G Home', eligibility_source: 'Manual' });
    });
    // With an ordinary bound the refreshed row is good enough: Salesforce is not asked again.
    await reader.stop();
    const patient = await startReader({});
    const after = await patient.get<Eligibility>(`/api/eligibility/${account}`);
    expect([after.meta.source, after.data]).toEqual(['shadow', live.data]);
    await patient.stop();
    expect(await worker.child.stop()).toBe(0);
  }, 120_000);

  it('are refused with a time to come back when no source can answer, and what is cached still answers', async () => {
    const { org } = world();
    const reader = await startReader(withoutShadow);
    await eventually('an answer is cached', 10_000, async () => {
      const { meta } = await reader.get('/api/catalog/products/SIM-M');
      expect(meta.source).toBe('cache');
    });
    await org.fault({ status: 503, htmlBody: true });
    for (const path of [
      '/api/catalog/sim/plans',
      '/api/catalog/products/VPN-US',
      `/api/eligibility/${account}`,
    ]) {
      const refused = await reader.get(path);
      expect([path, refused.status, refused.problem.code]).toEqual([path, 503, 'READ_UNAVAILABLE']);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(refused.headers.get('content-type')).toContain('application/problem+json');
    }
    const cached = await reader.get<Offer>('/api/catalog/products/SIM-M');
    expect([cached.status, cached.meta.source, cached.data.sku]).toEqual([200, 'cache', 'SIM-M']);
    await org.clearFaults();
    await eventually('Salesforce answers again', 60_000, async () => {
      expect((await reader.get('/api/catalog/products/VPN-US')).status).toBe(200);
    });
    await reader.stop();
  }, 120_000);

  it('an hour without Salesforce: all as the ladder says, no stampede, and no restart needed afterwards', async () => {
    const { database, key, org } = world();
    const [host = '', port = ''] = (org.env['SF_PUBSUB_ENDPOINT'] ?? '').split(':');
    const bus = await FaultProxy.start({ host, port: Number(port) });
    await org.control('PATCH', '/pubsub/knobs', { keepAliveEvery: 1 });
    const worker = await world().startQuickWorker({ SF_PUBSUB_ENDPOINT: `127.0.0.1:${bus.port}` });
    const front = await startReader({});
    const live = await startReader(withoutShadow);
    const eligible = () => front.get<Eligibility>(`/api/eligibility/${account}`);
    await eventually('the stream proves what the shadow has', 20_000, async () => {
      expect((await eligible()).meta).toMatchObject({ stale: false });
    });
    await eventually('an answer is cached', 10_000, async () => {
      expect((await live.get('/api/catalog/products/SIM-M')).meta.source).toBe('cache');
    });

    bus.set({ kind: 'down' });
    await org.fault({ status: 503, htmlBody: true });
    await world().ops(['cache', 'clear', '--eligibility']);
    // What the hour does: nothing new was proven in it.
    await eventually('an hour has passed over what was proven', 20_000, async () => {
      const young = "> now() - interval '59 minutes'";
      await database.rows(
        `UPDATE sf_coverage SET from_at = from_at - interval '1 hour', to_at = to_at - interval '1 hour' WHERE to_at ${young}`,
      );
      await database.rows(
        `UPDATE sf_stream SET evidence_from = evidence_from - interval '1 hour', evidence_at = evidence_at - interval '1 hour' WHERE evidence_at ${young}`,
      );
      await database.rows(
        `UPDATE sf_account_eligibility_shadow SET read_at = read_at - interval '1 hour' WHERE read_at ${young}`,
      );
      expect((await eligible()).meta).toMatchObject({ source: 'shadow', stale: true });
    });
    const fields = { Internet_Eligibility__c: 'FTTH', Internet_Eligibility_Source__c: 'after the hour' };
    await org.transact([{ op: 'update', object: 'Account', id: account, fields }]);
    const before = callsOf(await orgCounters(org), 'umbra').calls;

    // A crowd that wants the same products, which nobody has cached: one load per key and process, and soon not even that.
    const times: number[] = [];
    const timed = async <T extends Reply<unknown>>(ask: () => Promise<T>): Promise<T> => {
      for (;;) {
        const begun = performance.now();
        const answer = await ask();
        times.push(performance.now() - begun);
        // What a busy machine turns away at the door says nothing of Salesforce.
        if (answer.problem.code !== 'READ_OVERLOADED') return answer;
      }
    };
    const wanted = ['VPN-US', 'HW-ONT', 'INT-FTTH-BRONZE'];
    let rung: string | undefined;
    for (let round = 0; round < 3 || (rung !== 'shadow-only' && round < 12); round++) {
      const crowd = wanted.flatMap((sku) =>
        Array.from({ length: 8 }, () => timed(() => live.get(`/api/catalog/products/${sku}`))),
      );
      for (const { status, headers, problem } of await Promise.all(crowd)) {
        expect([status, problem.code]).toEqual([503, 'READ_UNAVAILABLE']);
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      }
      const old = await timed(eligible);
      expect([old.status, old.meta.source, old.meta.stale]).toEqual([200, 'shadow', true]);
      expect(old.meta.ageSeconds).toBeGreaterThan(3_600);
      // An old "there is none" is no answer: the account may have come since.
      const unknown = await timed(() => front.get('/api/eligibility/0015g00000ZZZZZ'));
      expect([unknown.status, unknown.problem.code]).toEqual([503, 'READ_UNAVAILABLE']);
      for (const path of readRoutes) expect((await timed(() => front.get(path))).status).toBe(200);
      const quote = { currency: 'EUR', lines: [{ sku: 'SIM-M', quantity: 2 }] };
      expect((await timed(() => front.quote(quote))).status).toBe(200);
      expect((await timed(() => live.get('/api/catalog/products/SIM-M'))).meta.source).toBe('cache');
      rung = (await queueView(live.app, key)).reads?.rung;
    }
    expect(rung).toBe('shadow-only');
    const during = callsOf(await orgCounters(org), 'umbra').calls - before;
    expect(during).toBeLessThanOrEqual(40);
    expect(Math.max(...times)).toBeLessThan(10_000);

    bus.set({ kind: 'pass' });
    await org.clearFaults();
    await eventually('both processes are back by themselves', 60_000, async () => {
      const now = await eligible();
      expect(now.meta.stale).toBe(false);
      expect(now.data.internetEligibility).toBe('FTTH');
      expect((await live.get('/api/catalog/products/VPN-US')).status).toBe(200);
      expect(['normal', 'conserving']).toContain((await queueView(live.app, key)).reads?.rung);
    });
    await front.stop();
    await live.stop();
    expect(await worker.child.stop()).toBe(0);
    await bus.close();
  }, 180_000);

  it('sec-48: and not one call went without our name', async () => {
    const { calls, withoutUmbra } = await world().org.control<{ calls: unknown[]; withoutUmbra: number }>(
      'GET',
      '/counters',
    );
    expect([calls.length > 0, withoutUmbra]).toEqual([true, 0]);
  });
});
