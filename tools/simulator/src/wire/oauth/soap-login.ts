import { empty, type Reply } from '../http/reply.ts';
import { GrantError } from './grant-error.ts';
import type { OAuthContext } from './oauth-routes.ts';

/** Login and logout of the partner SOAP API: just what clients with a username and a password still call. */
export function soapReply(envelope: string, apiVersion: string, context: OAuthContext): Reply {
  if (/<(?:\w+:)?logout\b/u.test(envelope)) {
    context.sessions.revoke(element(envelope, 'sessionId'));
    return soap('<logoutResponse/>');
  }
  if (!/<(?:\w+:)?login\b/u.test(envelope)) return empty(400);
  try {
    context.grants.checkPassword(element(envelope, 'username'), element(envelope, 'password'));
    const session = context.grants.openSession('soap');
    return soap(loginResponse(session.token, apiVersion, context));
  } catch (error) {
    if (!(error instanceof GrantError)) throw error;
    return fault('INVALID_LOGIN', 'Invalid username, password, security token; or user locked out.');
  }
}

function loginResponse(token: string, apiVersion: string, context: OAuthContext): string {
  const { organizationId, integrationUserId, username } = context.org.identity;
  const serverUrl = `${context.instanceUrl()}/services/Soap/u/${apiVersion}/${organizationId.slice(0, 15)}`;
  return [
    '<loginResponse><result>',
    `<metadataServerUrl>${escaped(serverUrl.replace('/u/', '/m/'))}</metadataServerUrl>`,
    '<passwordExpired>false</passwordExpired><sandbox>false</sandbox>',
    `<serverUrl>${escaped(serverUrl)}</serverUrl>`,
    `<sessionId>${escaped(token)}</sessionId>`,
    `<userId>${integrationUserId}</userId>`,
    `<userInfo><organizationId>${organizationId}</organizationId><userId>${integrationUserId}</userId>`,
    `<userName>${escaped(username)}</userName>`,
    `<sessionSecondsValid>${Math.round(context.org.knobs.tokenLife)}</sessionSecondsValid></userInfo>`,
    '</result></loginResponse>',
  ].join('');
}

const ENVELOPE =
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com" xmlns:sf="urn:fault.partner.soap.sforce.com">';

const soap = (body: string, status = 200): Reply => ({
  status,
  body: {
    kind: 'text',
    contentType: 'text/xml;charset=UTF-8',
    text: `<?xml version="1.0" encoding="UTF-8"?>${ENVELOPE}<soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`,
  },
});

const fault = (code: string, message: string): Reply =>
  soap(
    `<soapenv:Fault><faultcode>sf:${code}</faultcode><faultstring>${code}: ${message}</faultstring></soapenv:Fault>`,
    500,
  );

function element(xml: string, name: string): string {
  const text = new RegExp(`<(?:\\w+:)?${name}>([^<]*)</`, 'u').exec(xml)?.[1] ?? '';
  return text.replace(/&(lt|gt|quot|apos|amp);/gu, (_, entity: string) => entities[entity] ?? '');
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

const escaped = (text: string): string =>
  text.replace(
    /[<>&"]/gu,
    (char) => `&${Object.keys(entities).find((name) => entities[name] === char) ?? 'amp'};`,
  );
