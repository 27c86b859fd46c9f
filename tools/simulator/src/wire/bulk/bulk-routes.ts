import type { Org } from '../../org/org.ts';
import { apiError, notFound } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { empty, json, type Reply } from '../http/reply.ts';
import type { Route } from '../http/router.ts';
import { dataRoute, majorVersion } from '../rest/data-route.ts';
import { bulkQueryRequest } from './create-request.ts';
import type { JobStore } from './job-store.ts';
import { completeRows, locatorOf, offsetOf, resultSet, setSize } from './result-set.ts';

/** Addresses handed out at once by resultPages, which came with v58. */
const PAGES_AT_ONCE = 5;
const RESULT_PAGES_SINCE = 58;
/** Jobs per page of the list. */
const LIST_PAGE = 1_000;

export function bulkRoutes(org: Org, jobs: JobStore): Route[] {
  const bulk = { class: 'bulk' } as const;
  const one = '/jobs/query/:job';
  const job = (exchange: Exchange): ReturnType<JobStore['find']> => jobs.find(exchange.param('job'));
  return [
    dataRoute({
      ...bulk,
      name: 'bulk-create',
      method: 'POST',
      path: '/jobs/query',
      handle: (x) => create(x, org, jobs),
    }),
    dataRoute({
      ...bulk,
      name: 'bulk-list',
      method: 'GET',
      path: '/jobs/query',
      handle: (x) => list(x, jobs),
    }),
    dataRoute({
      ...bulk,
      name: 'bulk-info',
      method: 'GET',
      path: one,
      handle: (x) => json(job(x).info(true)),
    }),
    dataRoute({ ...bulk, name: 'bulk-abort', method: 'PATCH', path: one, handle: (x) => abort(x, jobs) }),
    dataRoute({ ...bulk, name: 'bulk-delete', method: 'DELETE', path: one, handle: (x) => remove(x, jobs) }),
    dataRoute({
      ...bulk,
      name: 'bulk-results',
      method: 'GET',
      path: `${one}/results`,
      handle: (x) => resultSet(job(x), x, org),
    }),
    dataRoute({
      ...bulk,
      name: 'bulk-result-pages',
      method: 'GET',
      path: `${one}/resultPages`,
      handle: (x) => resultPages(x, org, jobs),
    }),
  ];
}

async function create(exchange: Exchange, org: Org, jobs: JobStore): Promise<Reply> {
  const request = bulkQueryRequest(await exchange.json(), org);
  const job = jobs.create(request, exchange.apiVersion, exchange.session?.userId ?? '');
  const info = job.info(false);
  void job.run();
  return json(info);
}

function list(exchange: Exchange, jobs: JobStore): Reply {
  const { query } = exchange;
  const offset = Number(Buffer.from(query.get('queryLocator') ?? '', 'base64').toString('latin1')) || 0;
  const pkChunking = query.get('isPkChunkingEnabled');
  const type = query.get('jobType');
  const mode = query.get('concurrencyMode')?.toLowerCase() ?? 'parallel';
  const found = jobs
    .list()
    .map((job) => job.info(true))
    .filter((info) => type === null || info['jobType'] === type)
    .filter((info) => pkChunking === null || String(info['isPkChunkingSupported']) === pkChunking)
    .filter(() => mode === 'parallel');
  const next = offset + LIST_PAGE;
  const done = next >= found.length;
  return json({
    done,
    records: found.slice(offset, next),
    nextRecordsUrl: done ? null : `${exchange.path}?queryLocator=${locatorOf(next)}`,
  });
}

async function abort(exchange: Exchange, jobs: JobStore): Promise<Reply> {
  const job = jobs.find(exchange.param('job'));
  const { state } = await exchange.json();
  if (state !== 'Aborted')
    throw apiError(400, 'INVALIDJOBSTATE', `A query job cannot be set to the state ${String(state)}`);
  if (job.isTerminal) throw apiError(400, 'INVALIDJOBSTATE', `The job is already in the state ${job.state}`);
  job.abort();
  return json(job.info(true));
}

function remove(exchange: Exchange, jobs: JobStore): Reply {
  const job = jobs.find(exchange.param('job'));
  if (!job.isTerminal)
    throw apiError(
      400,
      'INVALIDJOBSTATE',
      `The job is in the state ${job.state} and must end before it can be deleted`,
    );
  jobs.delete(job);
  return empty(204);
}

/** Addresses of the next result sets, so that several can be fetched at once. */
function resultPages(exchange: Exchange, org: Org, jobs: JobStore): Reply {
  if (majorVersion(exchange.apiVersion) < RESULT_PAGES_SINCE) throw notFound();
  const job = jobs.find(exchange.param('job'));
  const rows = completeRows(job, exchange);
  const size = setSize(exchange, org, rows);
  const base = exchange.path.replace(/\/resultPages\/?$/iu, '');
  const asked = exchange.query.get('maxRecords');
  const address = (resource: string, offset: number): string =>
    `${base}/${resource}?locator=${locatorOf(offset)}${asked === null ? '' : `&maxRecords=${asked}`}`;
  const resultPages: { resultUrl: string }[] = [];
  let offset = offsetOf(exchange.query.get('locator'), rows);
  for (; offset < rows.length && resultPages.length < PAGES_AT_ONCE; offset += size)
    resultPages.push({ resultUrl: address('results', offset) });
  const done = offset >= rows.length;
  return json({
    resultPages,
    ...(done ? {} : { [org.knobs.resultPagesKey]: address('resultPages', offset) }),
    done,
  });
}
