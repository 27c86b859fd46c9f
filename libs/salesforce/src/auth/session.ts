import type { Secret } from '@umbra/platform';

/** A sign-in at Salesforce. Lives in memory only. */
export interface Session {
  readonly token: Secret;
  /** Origin of every call: `https://acme.my.salesforce.com`, already checked. */
  readonly instanceUrl: string;
  /** 18 characters. */
  readonly orgId: string;
  /** The integration user, 18 characters. */
  readonly userId: string;
}

/**
 * Lets the processes of a deployment share one sign-in. Without it each process signs in by itself, once at a time.
 * An implementation must keep the token out of anything that is stored or logged in clear.
 */
export interface SessionExchange {
  /**
   * The fleet's session. `signIn` runs in at most one process at a time; those that waited get its session.
   * @param stale the token that Salesforce refused; undefined when the caller has none yet
   */
  renew(stale: Secret | undefined, signIn: () => Promise<Session>): Promise<Session>;
}
