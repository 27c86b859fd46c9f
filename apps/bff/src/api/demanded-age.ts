import { UmbraError } from '@umbra/domain';
import { anyAge, type Demand } from '@umbra/reads';
import type { ConditionalRequest } from './respond.ts';

const QUOTES = /^"|"$/g;
const SECONDS = /^\d{1,9}$/;

/**
 * What `Cache-Control: max-age=N` of the request demands; its other directives mean nothing here.
 * @throws UmbraError INPUT_INVALID when N is no number of seconds: an age that was not understood cannot be kept
 */
export function demandedAge({ headers }: Pick<ConditionalRequest, 'headers'>): Demand {
  const header = headers['cache-control'];
  if (typeof header !== 'string') return anyAge;
  for (const directive of header.split(',')) {
    const [name = '', ...rest] = directive.split('=');
    if (name.trim().toLowerCase() !== 'max-age' || rest.length === 0) continue;
    const value = rest.join('=').trim().replace(QUOTES, '');
    if (SECONDS.test(value)) return { maxAgeSeconds: Number(value) };
    throw new UmbraError('INPUT_INVALID', 'The headers are not understood', {
      problems: ['Cache-Control: max-age needs whole seconds, as in max-age=60'],
    });
  }
  return anyAge;
}
