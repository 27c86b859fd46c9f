import type { Org } from '../../org/org.ts';
import { apiError } from '../http/api-error.ts';
import { parseSoql } from '../soql/parse.ts';
import { bindStatement, type Statement } from '../soql/statement.ts';
import { csvFormatFrom, type CsvFormat } from './csv-format.ts';

/** A job that may be created. */
export interface BulkQueryRequest {
  readonly operation: 'query' | 'queryAll';
  readonly statement: Statement;
  readonly format: CsvFormat;
}

/** Objects that Bulk refuses in any org. */
const UNSUPPORTED_OBJECTS: ReadonlySet<string> = new Set(
  [
    'AcceptedEventRelation',
    'AssetTokenEvent',
    'AttachedContentNote',
    'Attachment',
    'CaseStatus',
    'ContractStatus',
    'DeclinedEventRelation',
    'EventWhoRelation',
    'FieldSecurityClassification',
    'OrderStatus',
    'PartnerRole',
    'QuoteTemplateRichTextData',
    'RecentlyViewed',
    'ServiceAppointmentStatus',
    'SolutionStatus',
    'TaskPriority',
    'TaskStatus',
    'TaskWhoRelation',
    'UndecidedEventRelation',
  ].map((name) => name.toLowerCase()),
);

/** @throws ApiError 400 with the texts by which clients tell a query that Bulk cannot run */
export function bulkQueryRequest(body: Record<string, unknown>, org: Org): BulkQueryRequest {
  const { operation, query } = body;
  if (operation !== 'query' && operation !== 'queryAll')
    throw apiError(
      400,
      'JSON_PARSER_ERROR',
      `Unknown value for operation: ${String(operation)}. Known are query, queryAll`,
    );
  if (typeof query !== 'string') throw apiError(400, 'API_ERROR', 'A query string has to be specified');
  const format = csvFormatFrom(body);
  const parsed = parseSoql(query);
  if (UNSUPPORTED_OBJECTS.has(parsed.object.toLowerCase())) throw unsupported(parsed.object);
  const statement = bindStatement(parsed, org.schema);
  checkForBulk(statement, org);
  return { operation, statement, format };
}

const unsupported = (object: string): Error =>
  apiError(400, 'INVALIDENTITY', `Entity '${object}' is not supported by the Bulk API`);

function checkForBulk({ query, shape, object }: Statement, org: Org): void {
  const refuse = (message: string): Error => apiError(400, 'API_ERROR', message);
  if (!object.queryable)
    throw apiError(400, 'INVALIDENTITY', `Entity '${object.name}' does not support query`);
  if (shape.kind === 'count') throw refuse('COUNT() not supported in Bulk Query');
  if (shape.kind === 'aggregate') throw refuse('Aggregate Relationship not supported in Bulk Query');
  if (query.offset !== undefined) throw refuse('OFFSET clause not supported in Bulk Query');
  if (query.select.some((item) => item.kind === 'fields'))
    throw refuse('FIELDS function not supported in Bulk Query');
  if (shape.columns.some(({ field }) => field.compound || field.type === 'base64'))
    throw refuse('Selecting compound data not supported in Bulk Query');
  if (org.knobs.bulkOrderByRefused && (query.orderBy.length > 0 || query.limit !== undefined))
    throw refuse('ORDER BY and LIMIT are not supported in Bulk Query');
}
