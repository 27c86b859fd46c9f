import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import { isUmbraError, type FleetText, type Log } from '@umbra/domain';
import { Secret } from '@umbra/platform';
import { z } from 'zod';
import type { Credentials } from './credentials.ts';
import type { Session, SessionExchange } from './session.ts';
import { credentialsRefused, isSignInRefusal } from './token-refusal.ts';

/** Session timeouts of Salesforce begin at 15 minutes of idleness; who finds a dead one makes a new one. */
const SESSION_LIFE_SECONDS = 2 * 3600;
/** A refused sign-in is not tried again by every process of the fleet. */
const REFUSAL_LIFE_SECONDS = 60;

const note = z.union([
  z.object({ token: z.string(), instanceUrl: z.string(), orgId: z.string(), userId: z.string() }),
  z.object({ refused: z.string() }),
]);
type Note = z.infer<typeof note>;

export interface FleetSessionsOptions {
  readonly texts: FleetText;
  readonly credentials: Credentials;
  /** `SF_LOGIN_URL` */
  readonly loginUrl: string;
  readonly log: Log;
}

/**
 * One sign-in for all processes of a deployment: whoever is refused first signs in, the others take its session over.
 * A refusal travels the same way, so that a disabled user is not tried once per process.
 *
 * The token crosses the shared server sealed (AES-256-GCM) with a key that is derived from the deployment's own
 * credentials, which every process has and the server has not: its snapshots and its operators see no token. Processes
 * with another key, as in the hours of a rotation, cannot read it and sign in by themselves.
 */
export class FleetSessions implements SessionExchange {
  readonly #options: FleetSessionsOptions;

  constructor(options: FleetSessionsOptions) {
    this.#options = options;
  }

  async renew(stale: Secret | undefined, signIn: () => Promise<Session>): Promise<Session> {
    const { log, texts } = this.#options;
    let made: { readonly session: Session } | { readonly error: unknown } | undefined;
    const text = await texts.agree(
      this.#name(),
      (sealed) => {
        const known = this.#open(sealed);
        return known !== undefined && ('refused' in known || known.token !== stale?.reveal());
      },
      async () => {
        try {
          const session = await signIn();
          made = { session };
          const { instanceUrl, orgId, token, userId } = session;
          const sealed = this.#seal({ token: token.reveal(), instanceUrl, orgId, userId });
          return { text: sealed, lifeSeconds: SESSION_LIFE_SECONDS };
        } catch (error) {
          made = { error };
          if (!isUmbraError(error) || error.code !== 'SF_CREDENTIALS_REFUSED') throw error;
          const refused = String(error.details['reason']);
          return { text: this.#seal({ refused }), lifeSeconds: REFUSAL_LIFE_SECONDS };
        }
      },
    );
    if (made !== undefined) {
      if ('error' in made) throw made.error;
      return made.session;
    }
    const known = this.#open(text);
    if (known === undefined) return signIn();
    if ('refused' in known)
      throw credentialsRefused(isSignInRefusal(known.refused) ? known.refused : 'session-refused', {});
    log.debug({}, 'session taken over from another process');
    return { ...known, token: new Secret(known.token) };
  }

  #name(): string {
    const { credentials, loginUrl } = this.#options;
    const user = credentials.flow === 'jwt-bearer' ? credentials.username : '';
    const whose = JSON.stringify([loginUrl, credentials.clientId, user]);
    return `session.${createHash('sha256').update(whose).digest('hex').slice(0, 16)}`;
  }

  /** Derived anew each time: the key file may have been swapped. */
  #key(): Buffer {
    const { credentials } = this.#options;
    const secret =
      credentials.flow === 'jwt-bearer'
        ? credentials.readKey().key.export({ type: 'pkcs8', format: 'der' })
        : Buffer.from(credentials.clientSecret.reveal());
    return Buffer.from(hkdfSync('sha256', secret, credentials.clientId, 'umbra session of the fleet', 32));
  }

  #seal(plain: Note): string {
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#key(), iv).setAAD(Buffer.from(this.#name()));
    const sealed = Buffer.concat([cipher.update(JSON.stringify(plain), 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** undefined for what another key sealed, or nobody of us. */
  #open(text: string): Note | undefined {
    try {
      const bytes = Buffer.from(text, 'base64url');
      const decipher = createDecipheriv('aes-256-gcm', this.#key(), bytes.subarray(0, 12))
        .setAAD(Buffer.from(this.#name()))
        .setAuthTag(bytes.subarray(12, 28));
      const plain = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]);
      return note.safeParse(JSON.parse(plain.toString('utf8'))).data;
    } catch {
      return undefined;
    }
  }
}
