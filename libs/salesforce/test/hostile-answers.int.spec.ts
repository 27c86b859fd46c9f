import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BulkPage, UmbraError } from '@umbra/domain';
import { HostileOrg, describeAnswer, sendJson } from './hostile-org.ts';
import { openForTest, testSettings, type TestSalesforce } from './open-for-test.ts';

const MiB = 1024 * 1024;
const jobId = '750xx0000000001AAA';
const fields = { Id: 'id', Name: 'string', SystemModstamp: 'datetime' };

let org: HostileOrg;
let salesforce: TestSalesforce;

beforeEach(async () => {
  org = await HostileOrg.start();
  salesforce = openForTest(testSettings(org.url));
});

afterEach(async () => {
  await salesforce.close();
  await org.close();
});

/** Describe works; every other path is answered by `answer`. */
function answering(answer: (response: ServerResponse, url: string) => void): void {
  org.handler = ({ url }, response) => {
    if (url.endsWith('/describe')) sendJson(response, 200, describeAnswer('Account', fields));
    else answer(response, url);
  };
}

const select = (): Promise<unknown> =>
  salesforce.records.select({ object: 'Account', fields: ['Id', 'Name'], where: [] }, 'gap');

async function rowsOf(page: BulkPage): Promise<string[][]> {
  const rows: string[][] = [];
  for await (const batch of page.batches) rows.push(...batch.map((row) => [...row]));
  return rows;
}

const readPage = async (): Promise<string[][]> => rowsOf(await salesforce.bulk.page(jobId, '', 1000));

const csvHead = { 'content-type': 'text/csv', 'sforce-numberofrecords': '2', 'sforce-locator': 'null' };
const csv = '"Id","Name"\n"001xx0000000001AAA","a"\n"001xx0000000002AAA","b"\n';

/** Gzip of a text many times over: members one after the other are one stream (RFC 1952 §2.2). */
function repeated(text: string, times: number): Buffer {
  return Buffer.concat(Array<Buffer>(times).fill(gzipSync(text, { level: 9 })));
}

/** The error and by how much the resident set grew until it came. */
async function failure(work: () => Promise<unknown>): Promise<{ error: UmbraError; grownMiB: number }> {
  const before = process.memoryUsage().rss;
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 5);
  try {
    await work();
  } catch (error) {
    peak = Math.max(peak, process.memoryUsage().rss);
    return { error: error as UmbraError, grownMiB: (peak - before) / MiB };
  } finally {
    clearInterval(watch);
  }
  throw new Error('it succeeded');
}

describe('sec-22: answers that are no answers', () => {
  it('a gzip bomb as JSON', async () => {
    const bomb = repeated(' '.repeat(MiB), 512);
    answering((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(bomb);
    });
    const { error, grownMiB } = await failure(select);
    expect(error).toMatchObject({ code: 'SF_RESPONSE_INVALID' });
    expect(grownMiB).toBeLessThan(200);
  });

  it('JSON that is larger than any answer, though it packs like text', async () => {
    const large = repeated(randomBytes(MiB).toString('hex'), 34);
    answering((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
      response.end(large);
    });
    await expect(select()).rejects.toMatchObject({
      code: 'SF_RESPONSE_INVALID',
      message: 'An answer of Salesforce is larger than it may be',
    });
  });

  it('a gzip bomb as one cell of CSV', async () => {
    const bomb = Buffer.concat([gzipSync('"Id","Name"\n"1","'), repeated('x'.repeat(MiB), 512)]);
    answering((response) => {
      response.writeHead(200, { ...csvHead, 'content-encoding': 'gzip' });
      response.end(bomb);
    });
    const { error, grownMiB } = await failure(readPage);
    expect(error).toMatchObject({ code: 'SF_RESPONSE_INVALID' });
    expect(grownMiB).toBeLessThan(200);
  });

  it('rows that unpack to an implausible size', async () => {
    const row = `"001xx0000000001AAA","${' '.repeat(100_000)}"\n`;
    const bomb = gzipSync(`"Id","Name"\n${row.repeat(1000)}`, { level: 9 });
    answering((response) => {
      response.writeHead(200, { ...csvHead, 'sforce-numberofrecords': '1000', 'content-encoding': 'gzip' });
      response.end(bomb);
    });
    await expect(readPage()).rejects.toMatchObject({ code: 'SF_RESPONSE_INVALID' });
  });

  it('10 GB declared', async () => {
    answering((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(10_000 * MiB) });
      response.write('{"totalSize":');
    });
    await expect(select()).rejects.toMatchObject({ code: 'SF_RESPONSE_INVALID' });
    answering((response) => {
      response.writeHead(200, { ...csvHead, 'content-length': String(10_000 * MiB) });
      response.write(csv);
    });
    await expect(readPage()).rejects.toMatchObject({ code: 'SF_RESPONSE_INVALID' });
  });

  it('HTML with status 200', async () => {
    answering((response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>maintenance of Jane Doe</html>');
    });
    const { error } = await failure(select);
    expect(error).toMatchObject({ code: 'SF_RESPONSE_INVALID' });
    expect(JSON.stringify(error) + error.message).not.toContain('Jane');
    await expect(readPage()).rejects.toMatchObject({ code: 'SF_RESPONSE_INVALID' });
  });

  it('JSON that does not call itself JSON', async () => {
    answering((response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end(JSON.stringify({ totalSize: 0, done: true, records: [] }));
    });
    await expect(select()).rejects.toMatchObject({ code: 'SF_RESPONSE_INVALID' });
  });

  it('HTML that calls itself JSON, and cut JSON', async () => {
    for (const body of ['<html></html>', '{"totalSize":1,"done":true,"records":[{"Id":"001']) {
      answering((response) => response.writeHead(200, { 'content-type': 'application/json' }).end(body));
      await expect(select()).rejects.toMatchObject({ code: 'SF_RESPONSE_INVALID' });
    }
  });

  it('deep JSON', async () => {
    const deep = '['.repeat(20 * MiB);
    answering((response) => response.writeHead(200, { 'content-type': 'application/json' }).end(deep));
    const { error, grownMiB } = await failure(select);
    expect(error).toMatchObject({ code: 'SF_RESPONSE_INVALID' });
    expect(grownMiB).toBeLessThan(300);
  });

  it('fewer records than promised, records of another shape, and pages without end', async () => {
    const answers = [
      { totalSize: 2, done: true, records: [{ Id: '001xx0000000001AAA' }] },
      { totalSize: 1, done: true, records: [{ Id: '001xx0000000001AAA', Name: { first: 'x' } }] },
      { totalSize: 1, done: true, records: ['x'] },
      { totalSize: -1, done: true, records: [] },
    ];
    for (const body of answers) {
      answering((response) => sendJson(response, 200, body));
      await expect(select()).rejects.toMatchObject({ code: 'SF_RESPONSE_INVALID' });
    }
    const nextRecordsUrl = '/services/data/v62.0/query/01gxx-2000';
    answering((response) =>
      sendJson(response, 200, { totalSize: 5, done: false, records: [], nextRecordsUrl }),
    );
    await expect(select()).rejects.toMatchObject({ code: 'SF_RESPONSE_INVALID' });
  });

  it('an encoding that nobody asked for', async () => {
    answering((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'br' }).end('x');
    });
    await expect(select()).rejects.toMatchObject({ code: 'SF_RESPONSE_INVALID' });
  });

  it('an error page that is endless', async () => {
    answering((response) => {
      response.writeHead(404, { 'content-type': 'text/html' });
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    await expect(select()).rejects.toMatchObject({ code: 'SF_NOT_FOUND' });
  });
});

describe('fault-18: result sets', () => {
  const serve = (body: string | Buffer, headers: Readonly<Record<string, string>> = {}): void =>
    answering((response) => response.writeHead(200, { ...csvHead, ...headers }).end(body));

  it('quotes, newlines, NUL, formulas and a byte order mark: values are exact', async () => {
    serve('\uFEFF"Id","Name"\n"001xx0000000001AAA","=1+1 ""q"", \r\n東\u0000京"\n"001xx0000000002AAA",""\n');
    const page = await salesforce.bulk.page(jobId, '', 1000);
    expect(page).toMatchObject({ promised: 2, next: null, columns: ['Id', 'Name'] });
    expect(await rowsOf(page)).toEqual([
      ['001xx0000000001AAA', '=1+1 "q", \r\n東京'],
      ['001xx0000000002AAA', ''],
    ]);
  });

  it.each([
    ['fewer rows than promised', csv, '3', 'SF_BULK_ROW_COUNT'],
    ['more rows than promised', csv, '1', 'SF_BULK_ROW_COUNT'],
    ['no rows at all', '', '2', 'SF_BULK_ROW_COUNT'],
    ['a cut within the last row', csv.slice(0, -5), '2', 'SF_RESPONSE_INVALID'],
    ['a cut before the last line end', csv.slice(0, -1), '2', 'SF_RESPONSE_INVALID'],
    ['a ragged row', csv.replace('"b"', '"b","c"'), '2', 'SF_RESPONSE_INVALID'],
  ])('%s', async (_what, body, promised, code) => {
    serve(body, { 'sforce-numberofrecords': promised });
    await expect(readPage()).rejects.toMatchObject({ code });
  });

  it.each([
    ['no row count', { 'sforce-numberofrecords': '' }],
    ['a row count that is none', { 'sforce-numberofrecords': 'many' }],
    ['another content type', { 'content-type': 'application/json' }],
  ])('%s', async (_what, headers) => {
    serve(csv, headers);
    await expect(readPage()).rejects.toMatchObject({ code: 'SF_RESPONSE_INVALID' });
  });

  it('damaged and cut gzip', async () => {
    const whole = gzipSync(csv);
    serve(whole.subarray(0, whole.length - 8), { 'content-encoding': 'gzip' });
    await expect(readPage()).rejects.toMatchObject({ code: 'SF_RESPONSE_INVALID' });
    serve('this is no gzip', { 'content-encoding': 'gzip' });
    await expect(readPage()).rejects.toMatchObject({ code: 'SF_RESPONSE_INVALID' });
  });

  it('a connection that breaks in the body', async () => {
    answering((response) => {
      response.writeHead(200, { ...csvHead, 'content-length': '5000' });
      response.write(csv, () => response.destroy());
    });
    await expect(readPage()).rejects.toMatchObject({ code: 'SF_UNAVAILABLE', retry: 'later' });
  });

  it('an empty result has its columns', async () => {
    serve('"Id","Name"\n', { 'sforce-numberofrecords': '0' });
    const page = await salesforce.bulk.page(jobId, '', 1000);
    expect(page.columns).toEqual(['Id', 'Name']);
    expect(await rowsOf(page)).toEqual([]);
  });

  it('later sets without a header row take the columns of the first', async () => {
    answering((response, url) => {
      const body = url.includes('locator=') ? csv.slice(csv.indexOf('\n') + 1) : csv;
      response.writeHead(200, { ...csvHead, 'sforce-locator': 'MTAwMDA' }).end(body);
    });
    const page = await salesforce.bulk.page(jobId, 'MTAwMDA', 1000);
    expect(page.columns).toEqual(['Id', 'Name']);
    expect(await rowsOf(page)).toHaveLength(2);
  });

  it('keeps its place in the queue until it has been read', async () => {
    serve(csv);
    const page = await salesforce.bulk.page(jobId, '', 1000);
    expect(salesforce.queue.snapshot()).toMatchObject({ running: 1, byClass: { backfill: { running: 1 } } });
    await rowsOf(page);
    await new Promise(setImmediate);
    expect(salesforce.queue.snapshot().running).toBe(0);
  });

  it('a reader that stops early frees the connection and the place', async () => {
    const rows = '"001xx0000000001AAA","a"\n'.repeat(200_000);
    serve(`"Id","Name"\n${rows}`, { 'sforce-numberofrecords': '200000' });
    const page = await salesforce.bulk.page(jobId, '', 200_000);
    for await (const batch of page.batches) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
    await new Promise(setImmediate);
    expect(salesforce.queue.snapshot().running).toBe(0);
  });

  it('a slow reader is not overrun: the body waits', async () => {
    let written = 0;
    answering((response) => {
      response.writeHead(200, { ...csvHead, 'sforce-numberofrecords': '2000000' });
      response.write('"Id","Name"\n');
      const piece = '"001xx0000000001AAA","abcdefghijklmnopqrstuvwxyz"\n'.repeat(2000);
      const more = (): void => {
        while (written < 2_000_000 && !response.destroyed) {
          written += 2000;
          if (!response.write(piece)) return;
        }
        response.end();
      };
      response.on('drain', more);
      more();
    });
    const page = await salesforce.bulk.page(jobId, '', 2_000_000);
    const reader = page.batches[Symbol.asyncIterator]();
    for (let batch = 0; batch < 5; batch++) await reader.next();
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    expect(written).toBeLessThan(600_000);
    await reader.return?.();
  });
});

describe('sec-21: links in answers', () => {
  it.each([
    'https://evil.test/services/data/v62.0/query/01gxx-2000',
    '//evil.test/services/data/v62.0/query/01gxx-2000',
    '/services/data/v62.0/../../apexrest/x',
    '/services/data/v62.0/%2e%2e/apexrest',
    '/services/data/v61.0/query/01gxx-2000',
  ])('nextRecordsUrl %s is not followed', async (nextRecordsUrl) => {
    const records = [{ Id: '001xx0000000001AAA', Name: 'a' }];
    answering((response) => sendJson(response, 200, { totalSize: 2, done: false, records, nextRecordsUrl }));
    await expect(select()).rejects.toMatchObject({ code: 'SF_URL_REFUSED' });
    expect(org.calls).toHaveLength(2);
  });

  it.each(['https://evil.test/x', '../..', 'a&b', '%2e%2e'])('locator %s is not used', async (locator) => {
    answering((response) => response.writeHead(200, { ...csvHead, 'sforce-locator': locator }).end(csv));
    await expect(readPage()).rejects.toMatchObject({ code: 'SF_URL_REFUSED' });
    await expect(salesforce.bulk.page(jobId, locator, 1000)).rejects.toMatchObject({
      code: 'SF_URL_REFUSED',
    });
    expect(org.calls).toHaveLength(1);
  });

  it('redirects are not followed, and the token goes nowhere else', async () => {
    const elsewhere = await HostileOrg.start();
    try {
      answering((response) => response.writeHead(302, { location: `${elsewhere.url}/x` }).end());
      await expect(select()).rejects.toMatchObject({ code: 'SF_URL_REFUSED' });
      await expect(readPage()).rejects.toMatchObject({ code: 'SF_URL_REFUSED' });
      expect(elsewhere.seen).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });
});

describe('sec-20: instance_url', () => {
  it.each([
    'https://evil.test',
    'http://169.254.169.254',
    'https://salesforce.com.evil.test',
    'https://user@acme.my.salesforce.com',
    'http://acme.my.salesforce.com',
    'https://acme.my.salesforce.com:8443',
    'no url',
  ])('%s is refused before anything is sent', async (instanceUrl) => {
    org.tokenHandler = (_request, response) => {
      sendJson(response, 200, org.tokenAnswer({ instance_url: instanceUrl }));
    };
    await expect(select()).rejects.toMatchObject({ code: 'SF_URL_REFUSED' });
    expect(org.calls).toEqual([]);
    expect(salesforce.log.messages('warn')).toEqual(['url refused']);
  });
});
