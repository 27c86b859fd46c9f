import { z } from 'zod';
import { publicUrlProblem } from '../net/public-url.ts';
import { isLoopbackHost, oneOf, plainText } from './texts.ts';
import { optional, section, withDefault, type SectionValues } from './variable.ts';

const fetchedUrl: z.ZodType<URL, string> = plainText.transform((text, context) => {
  const url = URL.parse(text);
  const problem = url === null ? 'needs a URL like https://login.example.com/keys' : publicUrlProblem(url);
  if (problem === undefined && url !== null) return url;
  context.addIssue({ code: 'custom', message: problem ?? '', input: undefined });
  return z.NEVER;
});

const variables = {
  mode: withDefault('key', {
    name: 'AUTH_MODE',
    meaning:
      'key: API keys from AUTH_KEYS_FILE, sent as Authorization: Bearer. jwt: access tokens of one issuer (type at+jwt, scope read or operator), sent the same way. none: everybody may do everything, accepted on loopback only.',
    schema: oneOf(['key', 'jwt', 'none']),
  }),
  keysFile: withDefault('.umbra/keys', {
    name: 'AUTH_KEYS_FILE',
    meaning:
      'File of API keys: SHA-256 of the key, scopes (read, operator), label, one line each, mode 0600. Written by ./umbra ops key add.',
    schema: plainText,
  }),
  jwksUrl: optional({
    name: 'AUTH_JWKS_URL',
    meaning:
      "Where the token issuer publishes its keys, for AUTH_MODE jwt: https on port 443 of a public address, or anything on loopback. Fetched at most twice a minute; kept for an hour while the issuer doesn't answer.",
    schema: fetchedUrl,
  }),
  issuer: optional({
    name: 'AUTH_ISSUER',
    meaning: 'What tokens must have as iss, for AUTH_MODE jwt. Compared as text.',
    schema: plainText,
  }),
  audience: optional({
    name: 'AUTH_AUDIENCE',
    meaning: 'What tokens must have in aud, for AUTH_MODE jwt.',
    schema: plainText,
  }),
};

export type AuthSettings = SectionValues<typeof variables>;

export const authSection = section('Access', variables, ({ mode, jwksUrl, issuer, audience }) => {
  if (mode !== 'jwt') return [];
  return [
    ['AUTH_JWKS_URL', jwksUrl] as const,
    ['AUTH_ISSUER', issuer] as const,
    ['AUTH_AUDIENCE', audience] as const,
  ]
    .filter(([, value]) => value === undefined)
    .map(([name]) => `${name} is not set: AUTH_MODE jwt needs it`);
});

/** `AUTH_MODE=none` behind an address that others can reach would be an open door. */
export function authModeProblems(
  mode: AuthSettings['mode'],
  listenHost: string,
  hostVariable: string,
): string[] {
  return mode === 'none' && !isLoopbackHost(listenHost)
    ? [`AUTH_MODE none is accepted on loopback only, but ${hostVariable} is ${JSON.stringify(listenHost)}`]
    : [];
}
