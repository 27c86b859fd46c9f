import { UmbraError, type Admission, type RequestClass } from '@umbra/domain';
import type { Route } from './routes.ts';

const words = {
  share: 'Our share of the daily API allocation of the org is used up',
  reserve: 'What is left of our share of the daily API allocation is reserved for more urgent calls',
  org: 'The daily API allocation of the org is used up',
} as const;

/** What a caller hears who may not call now: SF_DAILY_LIMIT, with the cause and the time at which it ends. */
export function refusal(
  { cause, retryAt }: Extract<Admission, { admitted: false }>,
  route: Route,
  requestClass: RequestClass,
): UmbraError {
  return new UmbraError('SF_DAILY_LIMIT', words[cause], { retryAt, details: { route, cause, requestClass } });
}
