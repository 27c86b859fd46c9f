import { afterEach, describe, expect, it } from '@jest/globals';
import { differences } from './checkers/equal.ts';
import { createProduct } from './harness/catalogue.ts';
import { sharedWorld } from './harness/shared-world.ts';
import type { Finished } from './harness/world.ts';

const everything =
  'truncate sf_product_shadow, sf_pricebook_shadow, sf_account_eligibility_shadow, sf_shadow_aside, sf_backfill_run, sf_coverage cascade';

/** Several result sets per job. */
const knobs = {
  maxResultRows: 80,
  wrongCount: 0,
  shortPage: 0,
  jobFails: 0,
  jobVanishes: 0,
  locatorTwice: false,
  nulInText: false,
};

/** What a spreadsheet, a shell or a C program would take for something else. */
const strange = [
  '=1+1',
  '+49 30 1234',
  '-1',
  '@SUM(A1:A9)',
  'tab\tin between',
  'a,"b",c',
  'line\nbreak',
  'line\r\nbreak',
  '"',
  '""',
  "it's; drop table sf_product_shadow;--",
  '\\N',
  '\\.',
  '{"a":1}',
  '東京 🌸 عربى \u2028 e\u0301',
];

const world = sharedWorld(async ({ org }) => {
  await org.knobs(knobs);
  for (const [at, text] of strange.entries())
    await createProduct(org, {
      Name: `strange ${at} ${text}`,
      StockKeepingUnit: `STRANGE-${at}`,
      Description: text,
    });
});

afterEach(async () => {
  await world().org.clearFaults();
  await world().org.knobs(knobs);
  await world().database.rows(everything);
});

async function expectEqual(run: Finished): Promise<void> {
  expect(run).toMatchObject({ code: 0 });
  expect(await differences(world().database, world().org)).toEqual([]);
}

/** Refused with this code, its tables claim nothing, and resumed it is complete and equal. */
async function expectRefusedThenResumed(code: number, says: RegExp): Promise<void> {
  const refused = await world().backfill();
  expect(refused).toMatchObject({ code, output: expect.stringMatching(says) });
  expect(refused.output).toContain('--resume');
  expect(await world().database.rows('select 1 from sf_coverage')).toEqual([]);
  await world().org.clearFaults();
  await world().org.knobs(knobs);
  await expectEqual(await world().backfill(['--resume', '--verify']));
}

interface Call {
  readonly route: string;
  readonly calls: number;
}
async function callsOf(route: string): Promise<number> {
  const { calls } = await world().org.control<{ calls: Call[] }>('GET', '/counters');
  return calls.filter((each) => each.route === route).reduce((sum, each) => sum + each.calls, 0);
}

describe('a result page that is not whole', () => {
  it('sec-16: exact is what arrives of a page that is, whatever the cells look like', async () => {
    await expectEqual(await world().backfill());
    const rows = await world().database.rows<{ description: string }>(
      "select raw_payload->>'Description' as description from sf_product_shadow where sku like 'STRANGE-%' order by substr(sku, 9)::int",
    );
    expect(rows.map(({ description }) => description)).toEqual(strange);
  });

  it('is read again when the connection breaks within it, now and then', async () => {
    await world().org.fault({ match: { route: 'bulk-results' }, every: 4, cutAfterBytes: 3_000 });
    await expectEqual(await world().backfill());
  });

  it('is not taken for a whole one when it always breaks: the run fails, and goes on later', async () => {
    await world().org.fault({
      match: { route: 'bulk-results', path: 'locator=' },
      cutAfterBytes: 3_000,
    });
    await expectRefusedThenResumed(69, /SF_RESPONSE_INVALID|SF_UNAVAILABLE/);
  });

  it('is not taken for a whole one when it ends early and cleanly, in the middle of a row', async () => {
    await world().org.fault({
      match: { route: 'bulk-results', path: 'locator=' },
      limitDataBytes: 6_000,
    });
    await expectRefusedThenResumed(69, /SF_RESPONSE_INVALID/);
  });

  it.each([
    ['a row less than was promised', { shortPage: 1 }],
    ['a row more promised than there is', { wrongCount: 1 }],
    ['a row less promised than there is', { wrongCount: -1 }],
  ])('nor %s', async (_name, trouble) => {
    await world().org.knobs(trouble);
    await expectRefusedThenResumed(65, /SF_BULK_ROW_COUNT[^]*promised/);
  });

  it('may hold NUL characters, which no database takes: they go, all else stays', async () => {
    await world().org.knobs({ nulInText: true });
    expect(await world().backfill()).toMatchObject({ code: 0 });
    await world().org.knobs(knobs);
    expect(await differences(world().database, world().org)).toEqual([]);
  });
});

describe('a Bulk job', () => {
  it('that fails twice is cut into ranges, and every row lands once', async () => {
    await world().org.fault({
      match: { route: 'bulk-info' },
      times: 2,
      status: 200,
      body: {
        id: '750000000000001AAA',
        operation: 'queryAll',
        object: 'Product2',
        state: 'Failed',
        createdDate: '2026-01-01T00:00:00.000+0000',
        errorMessage: 'canary',
      },
    });
    const run = await world().backfill();
    await expectEqual(run);
    expect(run.output).not.toContain('canary');
    const slices = await world().database.rows<{ n: number }>(
      "select count(*)::int as n from sf_backfill_slice where object = 'Product2' and state = 'complete'",
    );
    expect(slices).toEqual([{ n: 4 }]);
  });

  it('that always fails ends the run, which goes on later', async () => {
    const { org } = world();
    await org.knobs({ jobFails: 1, jobFailsMessage: 'canary' });
    const refused = await world().backfill();
    expect(refused).toMatchObject({ code: 69, output: expect.stringContaining('SF_BULK_JOB_FAILED') });
    expect(refused.output).not.toContain('canary');
    await org.knobs(knobs);
    await expectEqual(await world().backfill(['--resume']));
  });

  it('beyond the allocation of the day: the run ends and says so, and goes on when there is more', async () => {
    const { org } = world();
    const { bulkJobsPerDay } = await org.control<{ bulkJobsPerDay: number }>('GET', '/knobs');
    await org.knobs({ bulkJobsPerDay: 0 });
    const refused = await world().backfill();
    expect(refused).toMatchObject({ code: 69, output: expect.stringMatching(/SF_BULK_LIMIT[^]*--resume/) });
    await org.knobs({ bulkJobsPerDay });
    await expectEqual(await world().backfill(['--resume']));
  });

  it('that vanishes in the middle is made anew; finished objects are not read again', async () => {
    const { org } = world();
    const errors = [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }];
    // Account is the last object and has three pages; the second is not there any more.
    await org.fault({ match: { route: 'bulk-results' }, nth: 5, status: 404, body: errors });
    await org.control('DELETE', '/counters');
    await expectEqual(await world().backfill());
    expect(await callsOf('bulk-create')).toBe(4);
  });

  it('that vanishes each time ends the run, which goes on later and reads no finished object again', async () => {
    const { org } = world();
    const errors = [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }];
    await org.fault({ match: { route: 'bulk-info' }, nth: [3, 4, 5, 6, 7, 8, 9], status: 404, body: errors });
    const refused = await world().backfill();
    expect(refused).toMatchObject({ code: 69, output: expect.stringContaining('SF_BULK_JOB_GONE') });
    await org.clearFaults();
    const finished = await world().database.rows<{ object: string }>(
      "select distinct object from sf_backfill_slice where state = 'complete'",
    );
    expect(finished.length).toBeGreaterThan(0);
    await org.control('DELETE', '/counters');
    await expectEqual(await world().backfill(['--resume']));
    expect(await callsOf('bulk-create')).toBe(3 - finished.length);
  });

  it('that hands out a locator twice, or answers slowly and out of order, lands every row once', async () => {
    await world().org.knobs({ locatorTwice: true });
    await world().org.fault({ match: { route: 'bulk-results' }, every: 2, latencyMs: 150 });
    await expectEqual(await world().backfill());
    const [sum] = await world().database.rows(
      'select bool_and(received = promised) as exact from sf_backfill_slice',
    );
    expect(sum).toEqual({ exact: true });
  });
});
