import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  canonicalLeaf,
  leafTypeOf,
  type BulkJobStatus,
  type Condition,
  type LeafValue,
  type ObjectDescribe,
} from '@umbra/domain';
import type { SalesforceSettings } from '@umbra/platform';
import { openForTest, type TestSalesforce } from './open-for-test.ts';
import { callsTo, SimulatorProcess } from './simulator.ts';

let simulator: SimulatorProcess;
let salesforce: TestSalesforce;
let account: ObjectDescribe;
let fields: string[];
const usualKnobs = {
  shortPage: 0,
  wrongCount: 0,
  locatorTwice: false,
  nulInText: false,
  jobFails: 0,
  jobVanishes: 0,
  maxResultRows: 0,
  csvHeaderEveryPage: true,
  resultsBeforeComplete: 400,
  slowState: 0,
  bulkJobsPerDay: 10_000,
};

beforeAll(async () => {
  simulator = await SimulatorProcess.start('--scale', 'demo');
  salesforce = openForTest(simulator.settings());
  account = await salesforce.records.describe('Account');
  fields = account.fields
    .filter(({ type }) => type !== 'address' && type !== 'location')
    .map(({ name }) => name);
});

afterEach(async () => {
  await simulator.control('DELETE', '/faults');
  await simulator.knobs(usualKnobs);
});

afterAll(async () => {
  await salesforce.close();
  await simulator.close();
});

/** A job that has ended. */
async function endedJob(where: readonly Condition[] = [], client = salesforce): Promise<BulkJobStatus> {
  let job = await client.bulk.create({ object: 'Account', fields, where }, 'queryAll');
  while (job.state === 'UploadComplete' || job.state === 'InProgress') {
    job = await client.bulk.status(job.id);
    await new Promise(setImmediate);
  }
  return job;
}

interface ReadPage {
  readonly locator: string;
  readonly next: string | null;
  readonly promised: number;
  readonly rows: readonly Readonly<Record<string, string>>[];
}

async function readPage(jobId: string, locator: string, maxRecords: number): Promise<ReadPage> {
  const { next, promised, columns, batches } = await salesforce.bulk.page(jobId, locator, maxRecords);
  const rows: Record<string, string>[] = [];
  for await (const batch of batches)
    for (const row of batch) rows.push(Object.fromEntries(columns.map((name, at) => [name, row[at] ?? ''])));
  return { locator, next, promised, rows };
}

async function readAll(jobId: string, maxRecords: number, from = ''): Promise<ReadPage[]> {
  const pages: ReadPage[] = [];
  for (let locator: string | null = from; locator !== null; locator = pages.at(-1)?.next ?? null)
    pages.push(await readPage(jobId, locator, maxRecords));
  return pages;
}

/** Rows as canonical leaves by id, without those that are null. */
function leavesById(
  rows: readonly Readonly<Record<string, LeafValue>>[],
): Map<string, Record<string, LeafValue>> {
  return new Map(
    rows.map((row) => {
      const leaves: Record<string, LeafValue> = {};
      for (const { name, type } of account.fields) {
        const value = canonicalLeaf(leafTypeOf(type), row[name]);
        if (value !== null && fields.includes(name)) leaves[name] = value;
      }
      return [String(row.Id), leaves];
    }),
  );
}

const truth = async (): Promise<Map<string, Record<string, LeafValue>>> =>
  leavesById(await simulator.truth('Account', true));

describe('a Bulk query', () => {
  it('step by step: every leaf of every row equals the truth', async () => {
    const created = await salesforce.bulk.create({ object: 'Account', fields, where: [] }, 'queryAll');
    expect(created).toMatchObject({ numberRecordsProcessed: null, errorMessage: null });
    expect(Math.abs(created.createdAt.getTime() - Date.now())).toBeLessThan(60_000);
    const job = await endedJob();
    expect(job.state).toBe('JobComplete');
    const pages = await readAll(job.id, 60);
    const rows = pages.flatMap((page) => page.rows);
    expect(rows).toHaveLength(job.numberRecordsProcessed ?? -1);
    expect(pages).toHaveLength(Math.ceil(rows.length / 60));
    expect(leavesById(rows)).toEqual(await truth());
  });

  it('takes conditions', async () => {
    const [first] = [...(await truth()).keys()].sort();
    const job = await endedJob([{ field: 'Id', op: '<=', value: { type: 'id', value: first ?? '' } }]);
    const [page] = await readAll(job.id, 1000);
    expect(page?.rows.map(({ Id }) => Id)).toEqual([first]);
  });

  it('a query that finds nothing has columns and no rows', async () => {
    const job = await endedJob([{ field: 'Id', op: '<', value: { type: 'id', value: '001000000000000' } }]);
    const page = await salesforce.bulk.page(job.id, '', 1000);
    expect(page).toMatchObject({ promised: 0, next: null, columns: fields });
    for await (const batch of page.batches) expect(batch).toEqual([]);
  });

  it('compounds, unknown fields and unknown objects are refused before a job exists', async () => {
    const before = callsTo(await simulator.counters(), 'bulk-create');
    for (const asked of [['BillingAddress'], ['Nope__c'], []])
      await expect(
        salesforce.bulk.create({ object: 'Account', fields: asked, where: [] }, 'query'),
      ).rejects.toMatchObject({ code: 'SF_QUERY_REJECTED' });
    await expect(
      salesforce.bulk.create({ object: 'Nope__c', fields: ['Id'], where: [] }, 'query'),
    ).rejects.toMatchObject({ code: 'SF_NOT_FOUND' });
    expect(callsTo(await simulator.counters(), 'bulk-create')).toBe(before);
  });

  it('the quota of jobs is a throttling, not a defect', async () => {
    await simulator.knobs({ bulkJobsPerDay: 1 });
    await expect(endedJob()).rejects.toMatchObject({
      code: 'SF_BULK_LIMIT',
      kind: 'throttled',
      retry: 'later',
    });
  });
});

describe('fault-18: pages that are not what was promised', () => {
  it('fewer rows than promised', async () => {
    const job = await endedJob();
    await simulator.knobs({ shortPage: 3 });
    await expect(readAll(job.id, 60)).rejects.toMatchObject({
      code: 'SF_BULK_ROW_COUNT',
      details: { promised: 60, received: 57 },
    });
  });

  it('a job that counts wrong is seen by its caller', async () => {
    await simulator.knobs({ wrongCount: 2 });
    const job = await endedJob();
    const rows = (await readAll(job.id, 60)).flatMap((page) => page.rows);
    expect(job.numberRecordsProcessed).toBe(rows.length + 2);
  });

  it.each([
    ['cut', { cutAfterBytes: 3000 }],
    ['ended early', { limitDataBytes: 3000 }],
  ])('a body that is %s never counts as a page', async (_what, action) => {
    const job = await endedJob();
    await simulator.fault({ match: { route: 'bulk-results' }, ...action });
    await expect(readPage(job.id, '', 1000)).rejects.toMatchObject({
      code: expect.stringMatching(/^SF_(UNAVAILABLE|RESPONSE_INVALID|BULK_ROW_COUNT)$/),
      retry: 'later',
    });
  });

  it('NUL in values is taken out, the rest stays', async () => {
    await simulator.knobs({ nulInText: true });
    const rows = (await readAll((await endedJob()).id, 1000)).flatMap((page) => page.rows);
    expect(JSON.stringify(rows)).not.toContain('\\u0000');
    expect(leavesById(rows)).toEqual(await truth());
  });

  it('sets smaller than asked for, and later sets without a header row', async () => {
    await simulator.knobs({ maxResultRows: 37, csvHeaderEveryPage: false });
    const pages = await readAll((await endedJob()).id, 1000);
    expect(pages.length).toBeGreaterThan(3);
    expect(leavesById(pages.flatMap((page) => page.rows))).toEqual(await truth());
  });
});

describe('fault-19: jobs that end otherwise', () => {
  it('a failed job says so by name, without Salesforce text', async () => {
    await simulator.knobs({ jobFails: 1, jobFailsMessage: 'QUERY_TIMEOUT: canary of a field value' });
    const job = await endedJob();
    expect(job).toMatchObject({ state: 'Failed', errorMessage: 'QUERY_TIMEOUT' });
  });

  it('an aborted job, and one that is aborted twice', async () => {
    await simulator.knobs({ slowState: 3600 });
    const { id } = await salesforce.bulk.create({ object: 'Account', fields, where: [] }, 'query');
    await salesforce.bulk.abort(id);
    await expect(salesforce.bulk.status(id)).resolves.toMatchObject({ state: 'Aborted' });
    await expect(salesforce.bulk.abort(id)).resolves.toBeUndefined();
  });

  it('a job that is gone, by age or by removal', async () => {
    const job = await endedJob();
    await salesforce.bulk.remove(job.id);
    await expect(salesforce.bulk.status(job.id)).rejects.toMatchObject({
      code: 'SF_BULK_JOB_GONE',
      retry: 'now',
    });
    await expect(readPage(job.id, '', 100)).rejects.toMatchObject({ code: 'SF_BULK_JOB_GONE' });
    await expect(salesforce.bulk.remove(job.id)).resolves.toBeUndefined();
    await expect(salesforce.bulk.abort(job.id)).resolves.toBeUndefined();
  });

  it('a job of another API version is gone for us', async () => {
    const changes: Partial<SalesforceSettings> = { apiVersion: '61.0' };
    const older = openForTest(simulator.settings(changes));
    try {
      const job = await endedJob([], older);
      await expect(readPage(job.id, '', 100)).rejects.toMatchObject({ code: 'SF_BULK_JOB_GONE' });
    } finally {
      await older.close();
    }
  });

  it.each([400, 204])('results asked too early (%d) are an error', async (resultsBeforeComplete) => {
    await simulator.knobs({ slowState: 3600, resultsBeforeComplete });
    const { id } = await salesforce.bulk.create({ object: 'Account', fields, where: [] }, 'query');
    await expect(readPage(id, '', 100)).rejects.toMatchObject({ code: expect.stringMatching(/^SF_/) });
    await salesforce.bulk.abort(id);
  });
});

describe('fault-20: locators', () => {
  it('a page read twice, out of order or by another process is the same page', async () => {
    const job = await endedJob();
    const pages = await readAll(job.id, 60);
    const [, second, third] = pages;
    expect(await readPage(job.id, third?.locator ?? '', 60)).toEqual(third);
    expect(await readPage(job.id, second?.locator ?? '', 60)).toEqual(second);
    const restarted = openForTest(simulator.settings());
    try {
      const page = await restarted.bulk.page(job.id, third?.locator ?? '', 60);
      expect(page).toMatchObject({ promised: third?.promised, next: third?.next, columns: fields });
      for await (const batch of page.batches) expect(batch.length).toBeGreaterThan(0);
    } finally {
      await restarted.close();
    }
  });

  it('a locator that is handed out twice is passed on as it is', async () => {
    await simulator.knobs({ locatorTwice: true });
    const job = await endedJob();
    const first = await readPage(job.id, '', 60);
    const second = await readPage(job.id, first.next ?? '', 60);
    const rows = new Set((await readAll(job.id, 60)).flatMap((page) => page.rows.map(({ Id }) => Id)));
    expect(second.promised).toBe(60);
    expect(rows.size).toBe(job.numberRecordsProcessed);
  });
});

describe('fault-25, 28: in mid-bulk', () => {
  it('revoked tokens and error pages do not end the read', async () => {
    const job = await endedJob();
    await simulator.control('DELETE', '/counters');
    await simulator.fault({ match: { route: 'bulk-results' }, htmlBody: true, status: 503, nth: [2, 3] });
    const pages = [await readPage(job.id, '', 60)];
    await simulator.control('POST', '/tokens/revoke');
    pages.push(...(await readAll(job.id, 60, pages[0]?.next ?? '')));
    expect(leavesById(pages.flatMap((page) => page.rows))).toEqual(await truth());
    expect(callsTo(await simulator.counters(), 'token')).toBe(1);
  });

  it('a create whose answer is lost is not sent twice', async () => {
    await simulator.control('DELETE', '/counters');
    await simulator.fault({ match: { route: 'bulk-create' }, dropAnswer: true, times: 1 });
    await expect(endedJob()).rejects.toMatchObject({ code: 'SF_UNAVAILABLE', details: { sent: true } });
    expect(callsTo(await simulator.counters(), 'bulk-create')).toBe(1);
  });

  it('sec-48: every call carried our name', async () => {
    expect((await simulator.counters()).withoutClient).toBe(0);
  });
});
