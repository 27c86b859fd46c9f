import type { Org } from '../../org/org.ts';
import { apiError, invalidSession, notFound } from '../http/api-error.ts';
import type { Exchange } from '../http/exchange.ts';
import { empty, json, type Reply } from '../http/reply.ts';
import type { Route } from '../http/router.ts';
import { isSecret, type AppCredentials } from './app-credentials.ts';
import { GrantError } from './grant-error.ts';
import type { Grants } from './grants.ts';
import type { SessionStore } from './session-store.ts';
import { soapReply } from './soap-login.ts';

export interface OAuthContext {
  readonly org: Org;
  readonly credentials: AppCredentials;
  readonly sessions: SessionStore;
  readonly grants: Grants;
  readonly instanceUrl: () => string;
}

const noStore = {
  'Cache-Control': 'no-cache,must-revalidate,max-age=0,no-store,private',
  'Content-Type': 'application/json;charset=UTF-8',
};

const grantRefusal = (error: GrantError): Reply =>
  json({ error: error.error, error_description: error.message }, error.status, noStore);

export function oauthRoutes(context: OAuthContext): Route[] {
  const open = { class: 'auth', access: 'open', uncounted: true } as const;
  return [
    {
      ...open,
      name: 'token',
      method: 'POST',
      pattern: '/services/oauth2/token',
      handle: (exchange) => token(exchange, context),
    },
    {
      ...open,
      name: 'revoke',
      method: 'POST',
      pattern: '/services/oauth2/revoke',
      handle: async (exchange) => {
        const given = (await exchange.form()).get('token') ?? '';
        if (context.sessions.revoke(given)) return empty(200);
        return grantRefusal(new GrantError('unsupported_token_type', 'this token type is not supported'));
      },
    },
    {
      ...open,
      name: 'introspect',
      method: 'POST',
      pattern: '/services/oauth2/introspect',
      handle: (exchange) => introspect(exchange, context),
    },
    {
      name: 'userinfo',
      class: 'identity',
      method: 'GET',
      pattern: '/services/oauth2/userinfo',
      uncounted: true,
      handle: () => json(userInfo(context)),
    },
    {
      name: 'identity',
      class: 'identity',
      method: 'GET',
      pattern: '/id/:org/:user',
      uncounted: true,
      handle: (exchange) => identity(exchange, context),
    },
    {
      ...open,
      name: 'soap-login',
      method: 'POST',
      pattern: '/services/Soap/u/:version',
      handle: async (exchange) => soapReply(await exchange.text(), exchange.apiVersion, context),
    },
  ];
}

async function token(exchange: Exchange, context: OAuthContext): Promise<Reply> {
  try {
    const form = await exchange.form();
    return json(await context.grants.grant(form, basicCredentials(exchange)), 200, noStore);
  } catch (error) {
    if (error instanceof GrantError) return grantRefusal(error);
    throw error;
  }
}

function basicCredentials(exchange: Exchange): { id: string; secret: string } | undefined {
  const encoded = /^Basic\s+(\S+)$/iu.exec(exchange.header('authorization') ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : { id: pair.slice(0, colon), secret: pair.slice(colon + 1) };
}

async function introspect(exchange: Exchange, context: OAuthContext): Promise<Reply> {
  const form = await exchange.form();
  const { credentials, sessions, org } = context;
  const isOurs =
    form.get('client_id') === credentials.clientId &&
    isSecret(form.get('client_secret') ?? '', credentials.clientSecret);
  if (!isOurs) return grantRefusal(new GrantError('invalid_client', 'invalid client credentials', 401));
  const session = sessions.find(form.get('token') ?? '');
  if (session === undefined) return json({ active: false }, 200, noStore);
  const exp = Math.floor(session.issuedAt / 1000 + org.knobs.tokenLife);
  return json(
    {
      active: true,
      scope: 'api',
      client_id: session.clientId,
      username: org.identity.username,
      sub: `${context.instanceUrl()}/id/${org.identity.organizationId}/${session.userId}`,
      token_type: 'access_token',
      iat: Math.floor(session.issuedAt / 1000),
      exp,
    },
    200,
    noStore,
  );
}

function identity(exchange: Exchange, context: OAuthContext): Reply {
  const { organizationId, integrationUserId } = context.org.identity;
  if (exchange.session === undefined) throw invalidSession();
  const isOrg = exchange.param('org').slice(0, 15) === organizationId.slice(0, 15);
  const isUser = exchange.param('user').slice(0, 15) === integrationUserId.slice(0, 15);
  if (!isOrg) throw apiError(403, 'Bad_OAuth_Token', 'Wrong_Org');
  if (!isUser) throw notFound();
  const info = userInfo(context);
  return json({
    id: context.grants.identityUrl(),
    asserted_user: true,
    user_id: info['user_id'],
    organization_id: info['organization_id'],
    username: info['preferred_username'],
    nick_name: info['nickname'],
    display_name: info['name'],
    email: info['email'],
    active: true,
    user_type: info['user_type'],
    language: info['language'],
    locale: info['locale'],
    utcOffset: info['utcOffset'],
    last_modified_date: info['updated_at'],
    is_app_installed: true,
    urls: info['urls'],
  });
}

function userInfo(context: OAuthContext): Record<string, unknown> {
  const { org, instanceUrl } = context;
  const { organizationId, integrationUserId, username } = org.identity;
  const truth = org.truth();
  const user = truth.get('User', integrationUserId) ?? {};
  truth.release();
  const base = instanceUrl();
  const data = `${base}/services/data/v{version}/`;
  return {
    sub: context.grants.identityUrl(),
    user_id: integrationUserId,
    organization_id: organizationId,
    preferred_username: username,
    nickname: user['Alias'] ?? 'integ',
    name: user['Name'] ?? 'Integration User',
    email: user['Email'] ?? username,
    email_verified: true,
    zoneinfo: user['TimeZoneSidKey'] ?? 'GMT',
    active: user['IsActive'] === true,
    user_type: 'STANDARD',
    language: user['LanguageLocaleKey'] ?? 'en_US',
    locale: user['LocaleSidKey'] ?? 'en_US',
    utcOffset: 0,
    updated_at: user['LastModifiedDate'] ?? null,
    urls: {
      enterprise: `${base}/services/Soap/c/{version}/${organizationId.slice(0, 15)}`,
      metadata: `${base}/services/Soap/m/{version}/${organizationId.slice(0, 15)}`,
      partner: `${base}/services/Soap/u/{version}/${organizationId.slice(0, 15)}`,
      rest: data,
      sobjects: `${data}sobjects/`,
      search: `${data}search/`,
      query: `${data}query/`,
      recent: `${data}recent/`,
      tooling_rest: `${data}tooling/`,
      profile: `${base}/${integrationUserId}`,
      custom_domain: base,
    },
  };
}
