import { afterEach, describe, expect, it } from '@jest/globals';
import { readRoutes, type Offer } from './harness/catalogue.ts';
import { eventually } from './harness/eventually.ts';
import { Reader } from './harness/reader.ts';
import { sharedWorld } from './harness/shared-world.ts';

const world = sharedWorld(async (created) => {
  expect(await created.backfill()).toMatchObject({ code: 0 });
});

afterEach(() => world().org.clearFaults());

interface Eligibility {
  readonly internetEligibility: string | null;
  readonly offeringTypes: readonly string[];
}

async function startReader(env: Record<string, string>): Promise<Reader & { stop(): Promise<void> }> {
  const app = await world().startBff(env);
  const reader = new Reader(app, world().key);
  return Object.assign(reader, {
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

  it('are answered from an outdated shadow, marked stale, while Salesforce is down', async () => {
    const { org } = world();
    const reader = await startReader(impatient);
    await org.fault({ status: 503, htmlBody: true });
    const stale = await reader.get<Eligibility>('/api/eligibility/0015g0000000002AAA');
    expect([stale.status, stale.meta]).toEqual([
      200,
      expect.objectContaining({ source: 'shadow', stale: true }),
    ]);
    expect(stale.meta.ageSeconds).toBeGreaterThan(300);
    expect(stale.data.internetEligibility).toBe('FTTH;VDSL');
    // An old "there is none" is no answer: the account may have come since.
    const unknown = await reader.get('/api/eligibility/0015g00000ZZZZZ');
    expect(unknown.problem).toMatchObject({ status: 503, code: 'READ_UNAVAILABLE' });
    // The catalogue never goes live merely for age, so it does not notice.
    const plans = await reader.get('/api/catalog/vpn/plans');
    expect(plans.meta).toMatchObject({ source: 'shadow', stale: false });
    await org.clearFaults();
    await reader.stop();
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

  it('sec-48: and not one call went without our name', async () => {
    const { calls, withoutUmbra } = await world().org.control<{ calls: unknown[]; withoutUmbra: number }>(
      'GET',
      '/counters',
    );
    expect([calls.length > 0, withoutUmbra]).toEqual([true, 0]);
  });
});
