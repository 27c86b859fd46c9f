import type { Clock } from '@umbra/domain';

/**
 * Readiness, derived: checks look at one part each, a verdict interprets them, an endpoint renders. Asking is cheap:
 * results are kept for a second and concurrent questions share one round of checks, because anybody may ask and
 * the answer must not load what it asks about. A check that hangs counts as down.
 */

export type PartState = 'up' | 'down';

export interface ReadinessReport {
  readonly status: 'ready' | 'degraded' | 'not-ready';
  readonly draining: boolean;
  readonly parts: Readonly<Record<string, PartState>>;
}

export interface ReadinessOptions<P extends string> {
  /** Resolves true when the part can do its work. Must not call Salesforce. */
  readonly checks: Readonly<Record<P, () => Promise<boolean>>>;
  /** Whether the process can do its work with these parts. */
  readonly verdict: (parts: Readonly<Record<P, PartState>>) => boolean;
  readonly clock: Clock;
  /** Milliseconds after which a check counts as down. */
  readonly checkTimeoutMs?: number;
}

const KEPT_MS = 1_000;

export class Readiness<P extends string> {
  readonly #options: ReadinessOptions<P>;
  #draining = false;
  #round: { readonly at: number; readonly parts: Promise<Readonly<Record<P, PartState>>> } | undefined;

  constructor(options: ReadinessOptions<P>) {
    this.#options = options;
  }

  /** From now on not ready: the process finishes what it has and takes no more. */
  drain(): void {
    this.#draining = true;
  }

  async report(): Promise<ReadinessReport> {
    const parts = await this.#parts();
    const able = this.#options.verdict(parts) && !this.#draining;
    const whole = Object.values(parts).every((state) => state === 'up');
    return { status: able ? (whole ? 'ready' : 'degraded') : 'not-ready', draining: this.#draining, parts };
  }

  async #parts(): Promise<Readonly<Record<P, PartState>>> {
    const now = this.#options.clock.monotonic();
    if (this.#round === undefined || now - this.#round.at >= KEPT_MS)
      this.#round = { at: now, parts: this.#runChecks() };
    return this.#round.parts;
  }

  async #runChecks(): Promise<Readonly<Record<P, PartState>>> {
    const entries = Object.entries(this.#options.checks) as [P, () => Promise<boolean>][];
    const states = await Promise.all(
      entries.map(async ([part, check]) => [part, await this.#runCheck(check)] as const),
    );
    return Object.fromEntries(states) as Record<P, PartState>;
  }

  async #runCheck(check: () => Promise<boolean>): Promise<PartState> {
    const settled = new AbortController();
    const timeout = this.#options.clock
      .sleep(this.#options.checkTimeoutMs ?? 1_000, settled.signal)
      .then(() => false)
      .catch(() => false);
    try {
      return (await Promise.race([check().catch(() => false), timeout])) ? 'up' : 'down';
    } finally {
      settled.abort();
    }
  }
}
