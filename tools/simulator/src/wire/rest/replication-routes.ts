import type { Org } from '../../org/org.ts';
import { apiError } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { json } from '../http/reply.ts';
import type { Route } from '../http/router.ts';
import { dataRoute } from './data-route.ts';
import { objectOf } from './describe-routes.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

/** Ids per answer, Salesforce's cap. */
const MAX_IDS = 600_000;
/** How far back getUpdated reaches. */
const UPDATED_DAYS = 30;

const restDatetime = (at: number): string => new Date(at).toISOString().replace('Z', '+0000');

export function replicationRoutes(org: Org): Route[] {
  const replication = { class: 'rest', method: 'GET' } as const;
  return [
    dataRoute({
      ...replication,
      name: 'updated',
      path: '/sobjects/:object/updated',
      handle: (exchange) => {
        const { object, start, end } = windowOf(exchange, org, org.clock.now() - UPDATED_DAYS * DAY);
        const ids = capped(org.getUpdated(object, start, end));
        return json({ ids, latestDateCovered: restDatetime(Math.min(end, wholeMinute(org.clock.now()))) });
      },
    }),
    dataRoute({
      ...replication,
      name: 'deleted',
      path: '/sobjects/:object/deleted',
      handle: (exchange) => {
        const earliest = org.earliestDeletedAvailable();
        const { object, start, end } = windowOf(exchange, org, earliest);
        return json({
          deletedRecords: capped(org.getDeleted(object, start, end)),
          earliestDateAvailable: restDatetime(wholeMinute(earliest)),
          latestDateCovered: restDatetime(Math.min(end, wholeMinute(org.clock.now()))),
        });
      },
    }),
  ];
}

const wholeMinute = (at: number): number => Math.floor(at / MINUTE) * MINUTE;

function capped<T>(found: T[]): T[] {
  if (found.length > MAX_IDS)
    throw apiError(400, 'EXCEEDED_ID_LIMIT', `more than ${MAX_IDS} ids in this window`);
  return found;
}

/** Seconds are ignored at both ends, and the end must lie at least a minute after the start. */
function windowOf(
  exchange: Exchange,
  org: Org,
  earliest: number,
): { object: string; start: number; end: number } {
  const object = objectOf(exchange, org);
  if (!object.replicateable)
    throw apiError(400, 'INVALID_TYPE_FOR_OPERATION', `entity type ${object.name} is not replicatable`);
  const [start, end] = [instant(exchange, 'start'), instant(exchange, 'end')];
  const refuse = (message: string): Error => apiError(400, 'INVALID_REPLICATION_DATE', message);
  if (end < start + MINUTE) throw refuse('endDate must be at least one minute greater than startDate');
  if (start < wholeMinute(earliest)) throw refuse('startDate is before the earliest date available');
  return { object: object.name, start, end };
}

function instant(exchange: Exchange, name: string): number {
  // an unencoded + of a time zone arrives as a blank
  const text = (exchange.query.get(name) ?? '').replace(' ', '+');
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw apiError(400, 'INVALID_REPLICATION_DATE', `invalid value for parameter ${name}: '${text}'`);
  return wholeMinute(at);
}
