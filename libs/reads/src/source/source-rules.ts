import type { Question } from './question.ts';

/** What the sources may be used for now. */
export interface SourceRules {
  readonly cache: boolean;
  readonly shadow: boolean;
  /** `missing-only`: for what nobody else knows, not for what is merely old. */
  readonly live: 'freely' | 'missing-only' | 'never';
  /** Whether old entries are read anew before somebody has to wait for it. */
  readonly refreshAhead: boolean;
  /** Stretches the life of cache entries; 1 is the ordinary one. Answers still say how old they are. */
  readonly lifeFactor: number;
  /** When refused readers should come back, if that is known. */
  readonly retryAt?: Date;
}

/** Asked before every question. */
export type AskRules = (question: Pick<Question<unknown>, 'area' | 'readFor'>) => SourceRules;

export const ordinaryRules: SourceRules = {
  cache: true,
  shadow: true,
  live: 'freely',
  refreshAhead: true,
  lifeFactor: 1,
};
