import type { Clock, Log, Meter } from '@umbra/domain';
import type { AskRules, SourceRules } from '../source/source-rules.ts';
import {
  nextState,
  type CallConditions,
  type LadderReason,
  type LadderSignals,
  type LadderState,
} from './decide-rung.ts';
import { rungRules, rungs, type Reader, type Rung } from './rungs.ts';

/** What health tells of it. */
export interface LadderReport {
  readonly rung: Rung;
  readonly reason: LadderReason | null;
  /** ISO 8601 */
  readonly since: string;
  readonly until: string | null;
}

export interface LadderOptions {
  /** Asks nobody: what is known anyway. */
  readonly calls: () => CallConditions;
  /** One round trip each. A rejection means away. */
  readonly shadow: () => Promise<unknown>;
  readonly cache: () => Promise<unknown>;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly log: Log;
  readonly meter: Meter;
}

/** The signals are looked at so often at most, however many reads ask. */
const lookEveryMs = 250;
/** A source that failed once may just have been busy. */
const failuresToBelieve = 2;
/** When nobody knows better. */
const retryMs = 5_000;

/** Where reads stand on the ladder. Sources are watched by `watch`, called now and then; everything else is at hand. */
export class DegradationLadder {
  readonly #options: LadderOptions;
  readonly #failures = { shadow: 0, cache: 0 };
  #calls: CallConditions;
  #state: LadderState;
  #lookedAt: number;

  constructor(options: LadderOptions) {
    this.#options = options;
    const { calls, clock } = options;
    this.#state = { rung: 'normal', reason: null, since: clock.now(), until: null, betterSince: null };
    this.#calls = calls();
    this.#lookedAt = Number.NEGATIVE_INFINITY;
  }

  /** Looks whether shadow and cache can be read. Never throws. */
  async watch(): Promise<void> {
    await Promise.all(
      (['shadow', 'cache'] as const).map(async (source) => {
        try {
          await this.#options[source]();
          this.#failures[source] = 0;
        } catch {
          this.#failures[source]++;
        }
      }),
    );
    this.#look();
  }

  report(): LadderReport {
    const { reason, rung, since, until } = this.#now();
    return { rung, reason, since: since.toISOString(), until: until?.toISOString() ?? null };
  }

  /** What the sources may be used for now. */
  readonly rules: AskRules = ({ area, readFor }) => {
    const { rung, until } = this.#now();
    const reader: Reader =
      readFor === 'quote' ? 'quote' : area === 'eligibility' ? 'eligibility' : 'catalogue';
    const { live, ...rules } = rungRules[rung];
    const asked: SourceRules['live'] = this.#calls.admitted[reader] ? live[reader] : 'never';
    if (asked === 'freely') return { ...rules, live: asked };
    const soon = new Date(this.#options.clock.now().getTime() + retryMs);
    return { ...rules, live: asked, retryAt: until !== null && until > soon ? until : soon };
  };

  #now(): LadderState {
    if (this.#options.clock.monotonic() - this.#lookedAt >= lookEveryMs) this.#look();
    return this.#state;
  }

  #look(): void {
    const { calls, clock, log, meter } = this.#options;
    this.#lookedAt = clock.monotonic();
    this.#calls = calls();
    const signals: LadderSignals = {
      calls: this.#calls,
      shadow: this.#failures.shadow < failuresToBelieve,
      cache: this.#failures.cache < failuresToBelieve,
    };
    const before = this.#state.rung;
    this.#state = nextState(this.#state, signals, clock.now());
    const { reason, rung } = this.#state;
    for (const name of rungs) meter.gauge('bff_reads_rung', { rung: name }, name === rung ? 1 : 0);
    if (rung === before) return;
    const down = rungs.indexOf(rung) > rungs.indexOf(before);
    log[down ? 'warn' : 'info']({ state: rung, reason }, 'degradation ladder moved');
  }
}
