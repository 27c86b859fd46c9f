import { createHmac } from 'node:crypto';
import type { Org } from '../../org/org.ts';
import { isSecret, type AppCredentials } from './app-credentials.ts';
import { verifyAssertion } from './assertion.ts';
import { GrantError, invalidGrant } from './grant-error.ts';
import type { SessionStore } from './session-store.ts';

export interface GrantContext {
  readonly org: Org;
  readonly credentials: AppCredentials;
  readonly sessions: SessionStore;
  /** Where the client is sent for its calls. */
  readonly instanceUrl: () => string;
}

const HOUR = 3_600_000;
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const LOGIN_HOSTS = ['https://login.salesforce.com', 'https://test.salesforce.com'];

/** The token endpoint's grants. Each answers a token response or throws a GrantError. */
export class Grants {
  private readonly context: GrantContext;
  /** Org times (elapsed) of the logins of the last hour. */
  private logins: number[] = [];

  constructor(context: GrantContext) {
    this.context = context;
  }

  /** @param basic credentials of an HTTP Basic header, which stand in for the form's */
  async grant(
    form: URLSearchParams,
    basic?: { id: string; secret: string },
  ): Promise<Record<string, string>> {
    const clientId = basic?.id ?? form.get('client_id') ?? '';
    const clientSecret = basic?.secret ?? form.get('client_secret');
    switch (form.get('grant_type')) {
      case JWT_BEARER:
        return this.jwtBearer(form.get('assertion') ?? '');
      case 'client_credentials':
        this.checkClient(clientId, clientSecret, true);
        return this.tokenResponse('client_credentials');
      case 'refresh_token':
        this.checkClient(clientId, clientSecret, false);
        if (!isSecret(form.get('refresh_token') ?? '', this.context.credentials.refreshToken))
          throw invalidGrant('expired access/refresh token');
        return this.tokenResponse('refresh_token');
      case 'password':
        this.checkClient(clientId, clientSecret, true);
        this.checkPassword(form.get('username') ?? '', form.get('password') ?? '');
        return this.tokenResponse('password');
      case null:
        throw new GrantError('invalid_request', 'must supply grant_type');
      default:
        throw new GrantError('unsupported_grant_type', 'grant type not supported');
    }
  }

  /** Username and password, for the SOAP login too. Throws a GrantError unless they are right. */
  checkPassword(username: string, password: string): void {
    const { credentials } = this.context;
    if (!this.isKnownUser(username) || !isSecret(password, credentials.password))
      throw invalidGrant('authentication failure');
  }

  /** A new session of the integration user, counted against its logins per hour. */
  openSession(clientId: string): ReturnType<SessionStore['open']> {
    const { org, sessions } = this.context;
    const userId = org.identity.integrationUserId;
    if (!sessions.isActiveUser(userId)) throw invalidGrant('inactive user');
    const now = org.clock.elapsed();
    this.logins = this.logins.filter((at) => at > now - HOUR);
    if (this.logins.length >= org.knobs.loginsPerHour)
      throw new GrantError('rate_limit_exceeded', 'login rate exceeded', 403);
    this.logins.push(now);
    return sessions.open(userId, clientId);
  }

  /** `https://{host}/id/{org}/{user}` */
  identityUrl(): string {
    const { organizationId, integrationUserId } = this.context.org.identity;
    return `${this.context.instanceUrl()}/id/${organizationId}/${integrationUserId}`;
  }

  private async jwtBearer(assertion: string): Promise<Record<string, string>> {
    const { org, credentials, instanceUrl } = this.context;
    if (assertion === '') throw new GrantError('invalid_request', 'missing required parameter: assertion');
    const subject = await verifyAssertion(assertion, {
      publicKeys: credentials.publicKeys,
      clientId: credentials.clientId,
      audiences: org.knobs.jwtMyDomainAudience ? [...LOGIN_HOSTS, instanceUrl()] : LOGIN_HOSTS,
      maxLifeSeconds: org.knobs.jwtMaxAhead,
      now: Math.floor(org.clock.now() / 1000),
    });
    if (!this.isKnownUser(subject)) throw invalidGrant("user hasn't approved this consumer");
    return this.tokenResponse(JWT_BEARER);
  }

  private isKnownUser(username: string): boolean {
    return username.toLowerCase() === this.context.org.identity.username.toLowerCase();
  }

  private checkClient(id: string, secret: string | null, needsSecret: boolean): void {
    const { credentials } = this.context;
    if (id !== credentials.clientId) throw new GrantError('invalid_client_id', 'client identifier invalid');
    if (secret === null && !needsSecret) return;
    if (!isSecret(secret ?? '', credentials.clientSecret))
      throw new GrantError('invalid_client', 'invalid client credentials');
  }

  /** No `expires_in`: Salesforce sends none. */
  private tokenResponse(grantType: string): Record<string, string> {
    const { credentials, instanceUrl } = this.context;
    const session = this.openSession(credentials.clientId);
    const id = this.identityUrl();
    const response: Record<string, string> = {
      access_token: session.token,
      scope: 'api',
      instance_url: instanceUrl(),
      id,
      token_type: 'Bearer',
    };
    if (grantType === JWT_BEARER) return response;
    const issuedAt = String(session.issuedAt);
    const signature = createHmac('sha256', credentials.clientSecret)
      .update(id + issuedAt)
      .digest('base64');
    return { ...response, issued_at: issuedAt, signature };
  }
}
