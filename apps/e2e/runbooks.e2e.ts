import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { edits } from './harness/edits.ts';
import { eventually } from './harness/eventually.ts';
import { Reader } from './harness/reader.ts';
import { sharedWorld } from './harness/shared-world.ts';
import type { App } from './harness/world.ts';
import { assertAnswer, readRunbook, wordsOf, type Step } from './runbooks/runbook.ts';

const archive = mkdtempSync(join(tmpdir(), 'umbra-archive-'));
const env = { SF_ARCHIVE_DIR: archive };
const account = '0015g0000000002AAA';

afterAll(() => rmSync(archive, { recursive: true, force: true }));

describe('runbooks', () => {
  let worker: App;
  let bff: App;
  let round = 900;
  /** What the pages leave to be filled in. */
  const values: Record<string, string> = { SKU: 'INT-FTTH-GOLD', TOPIC: '/data/AccountChangeEvent' };

  const world = sharedWorld(async (created) => {
    await created.org.control('PATCH', '/pubsub/knobs', { keepAliveEvery: 1 });
    worker = await created.startQuickWorker(env);
    expect(await created.backfill()).toMatchObject({ code: 0 });
    bff = await created.startBff();
    values['BFF'] = bff.url;
  });

  const rows = (text: string, given?: unknown[]) => world().database.rows(text, given);
  /** What a repair has to ask for is not to be had, so that the symptom can be looked at. */
  const withholdReads = async (): Promise<void> => {
    const refused = { every: 1, status: 503 };
    await world().org.fault({ match: { route: 'query', path: 'FROM(%20|\\+)Account' }, ...refused });
    await world().org.fault({ match: { route: 'bulk-create' }, ...refused });
  };

  /** Makes the symptom of a page. */
  const symptoms: Readonly<Record<string, () => Promise<void>>> = {
    'replay-events': async () => {
      const edit = { op: 'create', object: 'Account', fields: { Name: 'Lost' } } as const;
      const [created] = (await world().org.transact([edit])).results;
      values['RECORD'] = created?.id ?? '';
      await eventually('the account is there', 30_000, async () => {
        const found = await rows(
          'DELETE FROM sf_account_eligibility_shadow WHERE account_id = $1 RETURNING 1',
          [values['RECORD']],
        );
        expect(found).toHaveLength(1);
      });
    },
    'clearing-caches': async () => {
      const reader = new Reader(bff, world().key);
      expect((await reader.get('/api/catalog/products/INT-FTTH-GOLD')).status).toBe(200);
    },
    'expired-position': async () => {
      await worker.child.end();
      await world().org.transact(edits(round++));
      await world().org.control('POST', '/clock', { advanceSeconds: 73 * 3_600 });
      await world().org.transact(edits(round++));
      await withholdReads();
      worker = await world().startQuickWorker(env);
    },
    'quota-spent': async () => {
      await world().org.knobs({ dailyLimit: 10 });
      // One that needs Salesforce for every answer: the shadow is proven fresh for days by the clocks of other pages.
      bff = await world().startBff({ ...env, ENABLE_SF_SHADOW_READS: 'false' });
      values['BFF'] = bff.url;
      const unread = `/api/eligibility/${values['RECORD'] ?? account}`;
      expect((await new Reader(bff, world().key).get(unread)).status).toBe(503);
    },
    'drift-found': async () => {
      await rows(
        `UPDATE sf_account_eligibility_shadow SET raw_payload = raw_payload || '{"Site": "nowhere"}'
         WHERE account_id = $1`,
        [account],
      );
    },
    'org-refreshed': async () => {
      await withholdReads();
      await world().org.control('POST', '/pubsub/migrate', { newOrganization: true });
    },
    'restoring-from-archive': async () => {
      await worker.child.end();
      await rows('DELETE FROM sf_pricebook_shadow');
      await rows('DELETE FROM sf_product_shadow');
      await rows('DELETE FROM sf_account_eligibility_shadow');
    },
  };

  /** What happens outside before a step. */
  const outside: Readonly<Record<string, () => Promise<void>>> = {
    'salesforce-answers': () => world().org.clearFaults(),
    'sku-given': async () => {
      const parked = await rows("SELECT record_id FROM sf_shadow_aside WHERE reason = 'sku_missing'");
      expect(parked.length).toBeGreaterThan(0);
      await world().org.transact(
        (parked as { record_id: string }[]).map(({ record_id: id }, n) => ({
          op: 'update',
          object: 'Product2',
          id,
          fields: { StockKeepingUnit: `GIVEN-${n}` },
        })),
      );
    },
  };

  async function run({ command }: Step): Promise<string> {
    const words = wordsOf(command, values);
    if (words[0] === './umbra' && words[1] === 'ops') {
      const { code, output } = await world().ops(words.slice(2), env);
      expect({ command, code, output }).toMatchObject({ code: 0 });
      return output;
    }
    const url = words.at(-1) ?? '';
    expect([...words.slice(0, -1), url.startsWith(bff.url)]).toEqual(['curl', '-s', true]);
    const answer = await fetch(url, { headers: { authorization: `Bearer ${world().key}` } });
    return answer.text();
  }

  async function follow(step: Step): Promise<void> {
    if (step.after !== undefined) await outside[step.after]?.();
    const once = async (): Promise<void> => assertAnswer(step, await run(step));
    if (step.eventually) await eventually(step.command, 60_000, once);
    else await once();
  }

  const pages = [
    'manual-backfill',
    'clearing-caches',
    'replay-events',
    'parked-records',
    'drift-found',
    'expired-position',
    'org-refreshed',
    'restoring-from-archive',
    'quota-spent',
  ];

  it('are all here', () => {
    const written = readdirSync('docs/runbooks').filter((name) => name !== 'README.md');
    expect(written.sort()).toEqual(pages.map((page) => `${page}.md`).sort());
  });

  it.each(pages)(
    '%s',
    async (page) => {
      try {
        await symptoms[page]?.();
        for (const step of readRunbook(page)) await follow(step);
      } finally {
        await world().org.clearFaults();
      }
    },
    200_000,
  );
});
