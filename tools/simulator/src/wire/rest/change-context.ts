import type { TransactOptions } from '../../org/edit.ts';
import type { Exchange } from '../http/exchange.ts';

/** Who changed a record, and through what: reappears as the origin of the change event. */
export function changeContext(exchange: Exchange, allOrNone = false): TransactOptions {
  return {
    api: 'rest',
    apiVersion: exchange.apiVersion,
    allOrNone,
    ...(exchange.session === undefined ? {} : { user: exchange.session.userId }),
    ...(exchange.client === undefined ? {} : { client: exchange.client }),
  };
}
