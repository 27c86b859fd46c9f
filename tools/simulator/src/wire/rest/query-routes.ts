import type { Org } from '../../org/org.ts';
import type { Snapshot } from '../../org/table-view.ts';
import { malformedQuery } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { json, type Reply } from '../http/reply.ts';
import type { Route } from '../http/router.ts';
import { aggregateRows } from '../soql/aggregate.ts';
import { isLongText } from '../soql/filterable.ts';
import { findRows, scan } from '../soql/find-rows.ts';
import { recordShape } from '../soql/row-shape.ts';
import { prepareStatement, type Statement } from '../soql/statement.ts';
import { dataRoute } from './data-route.ts';
import type { QueryCursor, QueryCursors } from './query-cursor.ts';

/** Page sizes that Salesforce allows; the caller's wish is only a hint. */
const MIN_PAGE = 200;
const MAX_PAGE = 2_000;

export function queryRoutes(org: Org, cursors: QueryCursors): Route[] {
  const query = { class: 'query', method: 'GET' } as const;
  const more = (exchange: Exchange): Reply => {
    const { cursor, offset } = cursors.find(exchange.param('locator'), exchange.session?.userId ?? '');
    return page(cursor, offset, exchange.apiVersion);
  };
  return [
    dataRoute({
      ...query,
      name: 'query',
      path: '/query',
      handle: (exchange) => run(exchange, org, cursors, false),
    }),
    dataRoute({
      ...query,
      name: 'query-all',
      path: '/queryAll',
      handle: (exchange) => run(exchange, org, cursors, true),
    }),
    dataRoute({ ...query, name: 'query-more', path: '/query/:locator', handle: more }),
    dataRoute({ ...query, name: 'query-more', path: '/queryAll/:locator', handle: more }),
  ];
}

async function run(exchange: Exchange, org: Org, cursors: QueryCursors, all: boolean): Promise<Reply> {
  const text = exchange.query.get('q');
  if (text === null) throw malformedQuery('A query string has to be specified');
  const statement = prepareStatement(text, org.schema);
  const snapshot = org.read();
  let isKept = false;
  try {
    const answered = await evaluate(exchange, org, statement, snapshot, all);
    if (!('rows' in answered)) return answered;
    if (answered.rows.length <= answered.pageSize)
      return page({ ...answered, id: '' }, 0, exchange.apiVersion);
    isKept = true;
    return page(cursors.open(answered), 0, exchange.apiVersion);
  } finally {
    if (!isKept) snapshot.release();
  }
}

type ResultSet = Omit<QueryCursor, 'id' | 'bornAt'>;

async function evaluate(
  exchange: Exchange,
  org: Org,
  statement: Statement,
  snapshot: Snapshot,
  all: boolean,
): Promise<Reply | ResultSet> {
  const scope = { schema: org.schema, snapshot, all };
  const { shape, query, object } = statement;
  if (shape.kind === 'count') {
    const found = await scan(statement, scope, query.limit ?? Infinity);
    return json({ totalSize: found.length, done: true, records: [] });
  }
  if (shape.kind === 'aggregate') {
    const rows = await aggregateRows(statement, scope);
    const records = rows.map((row) => ({ attributes: { type: 'AggregateResult' }, ...row }));
    return json({ totalSize: records.length, done: true, records });
  }
  return {
    userId: exchange.session?.userId ?? '',
    pageSize: pageSize(exchange, statement, org),
    rows: Uint32Array.from(await findRows(statement, scope)),
    render: recordShape(object, shape.columns, snapshot.table(object.name), exchange.apiVersion),
    snapshot,
  };
}

function pageSize(exchange: Exchange, statement: Statement, org: Org): number {
  const hint = /\bbatchSize\s*=\s*(\d+)/iu.exec(exchange.header('sforce-query-options') ?? '')?.[1];
  const wish = hint === undefined ? MAX_PAGE : Math.min(MAX_PAGE, Math.max(MIN_PAGE, Number(hint)));
  const columns = statement.shape.kind === 'rows' ? statement.shape.columns : [];
  const longTexts = columns.filter(({ field }) => field.custom && isLongText(field)).length;
  return Math.min(org.knobs.queryPageSize, wish, longTexts >= 2 ? MIN_PAGE : MAX_PAGE);
}

function page(cursor: Omit<QueryCursor, 'bornAt'>, offset: number, apiVersion: string): Reply {
  const { rows, pageSize: size, render } = cursor;
  const end = Math.min(rows.length, offset + size);
  const records = Array.from(rows.subarray(offset, end), render);
  const done = end === rows.length;
  return json({
    totalSize: rows.length,
    done,
    ...(done ? {} : { nextRecordsUrl: `/services/data/v${apiVersion}/query/${cursor.id}-${end}` }),
    records,
  });
}
