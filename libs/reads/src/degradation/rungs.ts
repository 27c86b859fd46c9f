/**
 * The degradation ladder as one table: what each kind of read may use on each rung. This file is the only owner of it.
 *
 * | rung        | when                                                                  | what it costs the reader                 |
 * | ----------- | --------------------------------------------------------------------- | ---------------------------------------- |
 * | normal      | nothing is short                                                      | nothing                                  |
 * | conserving  | the budget runs low, Salesforce asks for less, or one source is away  | catalogue answers grow older before they |
 * |             |                                                                       | are read anew; no fresh ones on demand   |
 * | shadow-only | Salesforce may not be asked, or only for eligibility and quotes       | answers as old as the shadow             |
 * | cache-only  | neither Salesforce nor the shadow can be asked                        | what happens to be cached, at any age    |
 * | refuse      | nor the cache                                                         | 503 with Retry-After, at once            |
 *
 * Answers always say how old they are; a rung changes what is asked, never what is claimed.
 *
 * Fails towards serving: an unknown budget is no shortage, and a source counts as away only after it has failed twice.
 * To turn: the bounds in `decide-rung.ts`.
 */
import type { SourceRules } from '../source/source-rules.ts';

export const rungs = ['normal', 'conserving', 'shadow-only', 'cache-only', 'refuse'] as const;
export type Rung = (typeof rungs)[number];

/** Whom a read serves, as far as calls are concerned. */
export type Reader = 'catalogue' | 'eligibility' | 'quote';

export interface RungRules extends Omit<SourceRules, 'live' | 'retryAt'> {
  readonly live: Readonly<Record<Reader, SourceRules['live']>>;
}

const everybody = (live: SourceRules['live']): RungRules['live'] => ({
  catalogue: live,
  eligibility: live,
  quote: live,
});

export const rungRules: Readonly<Record<Rung, RungRules>> = {
  normal: { cache: true, shadow: true, live: everybody('freely'), refreshAhead: true, lifeFactor: 1 },
  conserving: {
    cache: true,
    shadow: true,
    live: { catalogue: 'missing-only', eligibility: 'freely', quote: 'freely' },
    refreshAhead: false,
    lifeFactor: 2,
  },
  'shadow-only': {
    cache: true,
    shadow: true,
    // Their reserves are kept for these; whether a call is sent is the governor's word.
    live: { catalogue: 'never', eligibility: 'freely', quote: 'freely' },
    refreshAhead: false,
    lifeFactor: 4,
  },
  'cache-only': {
    cache: true,
    shadow: false,
    live: everybody('never'),
    refreshAhead: false,
    lifeFactor: 24,
  },
  refuse: { cache: false, shadow: false, live: everybody('never'), refreshAhead: false, lifeFactor: 1 },
};
