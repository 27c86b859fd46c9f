import { randomBytes } from 'node:crypto';
import type { Org } from '../../org/org.ts';

/** An access token's holder. */
export interface Session {
  readonly token: string;
  /** 18 characters. */
  readonly userId: string;
  readonly clientId: string;
  /** Org time, epoch milliseconds. Shown to the client only. */
  readonly issuedAt: number;
  /** Org clock that never goes back, milliseconds: what the token's life is measured by. */
  readonly bornAt: number;
}

/**
 * The tokens of this org. A token dies `tokenLife` seconds after its issue by the org's clock, when it is revoked, when
 * all tokens are revoked, or with its user. Salesforce counts inactivity instead; ageing from the issue is the
 * harsher rule, as then a busy client meets expiry too.
 */
export class SessionStore {
  private readonly org: Org;
  private readonly sessions = new Map<string, Session>();
  /** The org's last revocation of all tokens that this store has obeyed. */
  private revokedAt: number;

  constructor(org: Org) {
    this.org = org;
    this.revokedAt = org.tokensRevokedAt;
  }

  open(userId: string, clientId: string): Session {
    this.obeyRevocation();
    for (const session of this.sessions.values())
      if (!this.isAlive(session)) this.sessions.delete(session.token);
    const { clock, identity } = this.org;
    const session: Session = {
      token: `${identity.organizationId.slice(0, 15)}!${randomBytes(72).toString('base64url')}`,
      userId,
      clientId,
      issuedAt: clock.now(),
      bornAt: clock.elapsed(),
    };
    this.sessions.set(session.token, session);
    return session;
  }

  /** Undefined for a token that is unknown, expired or revoked, or whose user may no longer log in. */
  find(token: string): Session | undefined {
    this.obeyRevocation();
    const session = this.sessions.get(token);
    return session !== undefined && this.isAlive(session) && this.isActiveUser(session.userId)
      ? session
      : undefined;
  }

  /** True when there was such a token. */
  revoke(token: string): boolean {
    return this.sessions.delete(token);
  }

  isActiveUser(userId: string): boolean {
    const truth = this.org.truth();
    try {
      return truth.get('User', userId, { fields: ['IsActive'] })?.['IsActive'] === true;
    } finally {
      truth.release();
    }
  }

  private isAlive(session: Session): boolean {
    return this.org.clock.elapsed() - session.bornAt < this.org.knobs.tokenLife * 1000;
  }

  /** Not by comparing times: a token issued in the millisecond of the revocation, but after it, is good. */
  private obeyRevocation(): void {
    if (this.org.tokensRevokedAt === this.revokedAt) return;
    this.revokedAt = this.org.tokensRevokedAt;
    this.sessions.clear();
  }
}
