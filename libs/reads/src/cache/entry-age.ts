import { isStale } from '@umbra/domain';
import type { Cached, Question } from '../source/question.ts';
import type { SourceRules } from '../source/source-rules.ts';

/** An entry that was filled longer ago is served, and read anew behind the reader's back. */
const REFRESH_AFTER_SECONDS = 60;
/** An entry that was filled longer ago is served only when the shadow does not answer. */
const ASK_AFTER_SECONDS = 300;
/** Where Salesforce alone fills the cache, a call is spent on what is about to pass its bound, and on nothing younger. */
const BEFORE_BOUND = 0.8;

/** `serve`, `serve and refresh`, or `ask` the next source first. */
export type EntryVerdict = 'serve' | 'refresh' | 'ask';

/**
 * What becomes of a cache entry that is young enough to be served. An invalidation that never arrived is outlived by
 * `ASK_AFTER_SECONDS` at most while the shadow answers, and by the bound of the area at most in any case.
 */
export function judgeEntry<V>(
  question: Pick<Question<V>, 'boundSeconds'>,
  { asOf, filledAt }: Cached<V>,
  now: Date,
  rules: SourceRules,
): EntryVerdict {
  if (!rules.shadow) {
    const early = question.boundSeconds * BEFORE_BOUND * rules.lifeFactor;
    const isDue = rules.live === 'freely' && rules.refreshAhead && isStale(asOf, now, early);
    return isDue ? 'refresh' : 'serve';
  }
  // A clock that was set back would otherwise make old entries young.
  const seconds = Math.abs(now.getTime() - filledAt.getTime()) / 1000 / rules.lifeFactor;
  if (seconds > ASK_AFTER_SECONDS) return 'ask';
  return seconds > REFRESH_AFTER_SECONDS && rules.refreshAhead ? 'refresh' : 'serve';
}
