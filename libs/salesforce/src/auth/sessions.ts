import { UmbraError, type Clock, type Log } from '@umbra/domain';
import type { Session, SessionExchange } from './session.ts';
import { credentialsRefused, type SignInRefusal } from './token-refusal.ts';

/**
 * Promise: one sign-in at a time, however many calls need one, and never a loop of them. A token lives until
 * Salesforce refuses it (there is no `expires_in`); whoever is refused asks for a replacement, and all who were refused
 * with the same token get the same one.
 *
 * States: `unused` → `signed-in` ⇄ `refused`. A refused sign-in, or a token refused before it ever worked, opens the
 * breaker: until `until` every call fails at once with the reason kept, then one sign-in is tried. Three sign-ins within
 * a minute open it too: tokens that work and die at once would loop as well.
 *
 * It keeps nothing on disk and does not renew ahead of time.
 */
export interface SessionsOptions {
  readonly signIn: () => Promise<Session>;
  readonly exchange?: SessionExchange;
  readonly clock: Clock;
  readonly log: Log;
}

export interface CredentialState {
  readonly state: 'unused' | 'signed-in' | 'refused';
  readonly reason: SignInRefusal | null;
  /** ISO 8601; the next sign-in is not tried before. */
  readonly until: string | null;
}

/** The breaker's first hold, doubled by each refusal in a row. */
const firstHoldMs = 60_000;
/** Long enough to be no burden, short enough that a repaired user works again soon. */
const longestHoldMs = 5 * 60_000;

const signInWindowMs = 60_000;
const signInsPerWindow = 3;

export class Sessions {
  readonly #options: SessionsOptions;
  #session: Session | undefined;
  /** True once Salesforce has accepted the current token. */
  #proven = false;
  /** True when the current token replaced one that was refused, so that its refusal is no mere expiry. */
  #replacement = false;
  #flight: Promise<Session> | undefined;
  /** Monotonic times of answered sign-ins. */
  #signIns: number[] = [];
  #refusal: { reason: SignInRefusal; untilMonotonic: number; until: Date } | undefined;
  #refusalsInRow = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** @throws UmbraError SF_CREDENTIALS_REFUSED while the breaker is open; whatever a sign-in throws */
  async current(): Promise<Session> {
    return this.#session ?? this.#renew(undefined);
  }

  /** A session other than `stale`, which Salesforce refused with 401. @throws like `current` */
  async replace(stale: Session): Promise<Session> {
    if (this.#session !== undefined && this.#session !== stale) return this.#session;
    if (this.#session === stale) {
      if (this.#replacement && !this.#proven) throw this.refuse('session-refused');
      this.#session = undefined;
    }
    return this.#renew(stale);
  }

  /** A second 401 within one call, this time for the replacement. @returns the error to throw */
  refusedAgain(session: Session, error: UmbraError): UmbraError {
    if (session === this.#session) return this.#proven ? error : this.refuse('session-refused');
    return this.#held() ?? error;
  }

  /** Salesforce accepted the session's token. */
  accepted(session: Session): void {
    if (session !== this.#session) return;
    this.#proven = true;
    this.#refusalsInRow = 0;
    this.#refusal = undefined;
  }

  /** Opens the breaker. @returns the error to throw */
  refuse(reason: SignInRefusal): UmbraError {
    const { clock, log } = this.#options;
    const holdMs = Math.min(firstHoldMs * 2 ** this.#refusalsInRow, longestHoldMs);
    this.#refusalsInRow++;
    const until = new Date(clock.now().getTime() + holdMs);
    this.#refusal = { reason, untilMonotonic: clock.monotonic() + holdMs, until };
    this.#session = undefined;
    log.error({ reason, retryAt: until.toISOString() }, 'salesforce sign-in refused');
    return credentialsRefused(reason, { retryAt: until });
  }

  state(): CredentialState {
    if (this.#refusal !== undefined)
      return { state: 'refused', reason: this.#refusal.reason, until: this.#refusal.until.toISOString() };
    return { state: this.#session === undefined ? 'unused' : 'signed-in', reason: null, until: null };
  }

  /** What to throw while the breaker is open. */
  #held(): UmbraError | undefined {
    if (this.#refusal === undefined || this.#options.clock.monotonic() >= this.#refusal.untilMonotonic)
      return undefined;
    return credentialsRefused(this.#refusal.reason, { retryAt: this.#refusal.until });
  }

  #renew(stale: Session | undefined): Promise<Session> {
    this.#flight ??= this.#signIn(stale).finally(() => {
      this.#flight = undefined;
    });
    return this.#flight;
  }

  async #signIn(stale: Session | undefined): Promise<Session> {
    const { signIn, exchange, clock } = this.#options;
    const held = this.#held();
    if (held !== undefined) throw held;
    const now = clock.monotonic();
    this.#signIns = this.#signIns.filter((at) => now - at < signInWindowMs);
    if (this.#signIns.length >= signInsPerWindow) throw this.refuse('sign-ins-too-frequent');
    try {
      const session = await (exchange === undefined
        ? signIn()
        : exchange.renew(stale?.token, () => signIn()));
      this.#signIns.push(clock.monotonic());
      this.#session = session;
      this.#proven = false;
      this.#replacement = stale !== undefined || this.#refusal !== undefined;
      return session;
    } catch (error) {
      if (!(error instanceof UmbraError) || error.code !== 'SF_CREDENTIALS_REFUSED') throw error;
      this.#signIns.push(clock.monotonic());
      throw this.refuse(error.details.reason as SignInRefusal);
    }
  }
}
