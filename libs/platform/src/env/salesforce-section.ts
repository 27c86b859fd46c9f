import { createPrivateKey } from 'node:crypto';
import { z } from 'zod';
import { readSecretFile, secretFileProblem } from './secret-file.ts';
import { httpsOrigin, listOf, plainText, secretText, wholeNumber } from './texts.ts';
import { optional, required, section, withDefault, type SectionValues } from './variable.ts';

const suffix = z
  .string()
  .regex(/^\.[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'needs host suffixes like .salesforce.com, comma-separated');

const variables = {
  loginUrl: required(
    {
      name: 'SF_LOGIN_URL',
      meaning: 'Where to log in, best a My Domain URL like https://acme.my.salesforce.com.',
      schema: httpsOrigin,
    },
    {
      shown: 'the simulator under ./umbra up',
      advice: 'Run ./umbra up, which starts a simulated org, or set it to your My Domain URL.',
    },
  ),
  clientId: required(
    {
      name: 'SF_CLIENT_ID',
      meaning: 'Consumer key of the external client app or connected app.',
      schema: plainText,
    },
    { shown: '', advice: 'Set it to the consumer key of your external client app or connected app.' },
  ),
  username: optional({
    name: 'SF_USERNAME',
    meaning: 'Integration user of the JWT bearer flow.',
    schema: plainText,
  }),
  privateKey: optional({
    name: 'SF_PRIVATE_KEY',
    meaning:
      'RSA private key of the JWT bearer flow as PEM text; \\n stands for a line break. Give this or SF_PRIVATE_KEY_FILE.',
    schema: plainText.transform((text) => text.replaceAll('\\n', '\n')).pipe(secretText),
    secret: true,
  }),
  privateKeyFile: optional({
    name: 'SF_PRIVATE_KEY_FILE',
    meaning:
      'PEM file with that key, mode 0600 or 0400. A changed file is used from the next login on, without a restart.',
    schema: plainText,
  }),
  jwtAudience: optional(
    {
      name: 'SF_JWT_AUDIENCE',
      meaning: 'Audience of the JWT assertion.',
      schema: httpsOrigin,
    },
    'https://login.salesforce.com; for sandboxes https://test.salesforce.com',
  ),
  clientSecret: optional({
    name: 'SF_CLIENT_SECRET',
    meaning: 'Consumer secret of the client-credentials flow, which is used when no private key is given.',
    schema: secretText,
    secret: true,
  }),
  apiVersion: withDefault('62.0', {
    name: 'SF_API_VERSION',
    meaning: 'Version of the Salesforce APIs.',
    schema: z.string().regex(/^[1-9]\d{1,2}\.0$/, 'needs a version like 62.0'),
  }),
  instanceHosts: withDefault('.salesforce.com,.force.com', {
    name: 'SF_INSTANCE_HOSTS',
    meaning:
      'Host suffixes that the instance URL in a token answer may have. On loopback, and only when SF_LOGIN_URL is loopback too, the rules for scheme, port and host are waived.',
    schema: listOf(suffix),
  }),
  apiDailySharePercent: withDefault('80', {
    name: 'SF_API_DAILY_SHARE_PERCENT',
    meaning:
      "Share of the org's daily API calls that Umbra may use; the rest belongs to the org's other apps.",
    schema: wholeNumber(1, 100),
  }),
  apiLongCalls: withDefault('5', {
    name: 'SF_API_LONG_CALLS',
    meaning:
      "Calls of 20 s or longer that all processes of Umbra together may run at once, of the org's 25 (5 in developer and trial orgs).",
    schema: wholeNumber(1, 25),
  }),
};

export const salesforceSection = section('Salesforce', variables, credentialProblems);

export type SalesforceSettings = SectionValues<typeof variables>;

/** One complete way to log in: user with exactly one key, or a client secret. */
function credentialProblems(env: SalesforceSettings): readonly string[] {
  const { username, privateKey, privateKeyFile, clientSecret } = env;
  const hasKey = privateKey !== undefined || privateKeyFile !== undefined;
  if (privateKey !== undefined && privateKeyFile !== undefined)
    return ['SF_PRIVATE_KEY and SF_PRIVATE_KEY_FILE are both set: remove one'];
  if (!hasKey && clientSecret === undefined)
    return [
      'No way to log in to Salesforce is configured: set SF_USERNAME with SF_PRIVATE_KEY_FILE (or SF_PRIVATE_KEY), or SF_CLIENT_SECRET',
    ];
  const problems: string[] = [];
  if (hasKey && username === undefined)
    problems.push('SF_USERNAME is not set: the JWT bearer flow needs the integration user beside its key');
  if (privateKey !== undefined && !isRsaKey(privateKey.reveal()))
    problems.push('SF_PRIVATE_KEY is no RSA private key in PEM form');
  if (privateKeyFile !== undefined) problems.push(...keyFileProblems(privateKeyFile));
  return problems;
}

function keyFileProblems(path: string): readonly string[] {
  const problem = secretFileProblem(path);
  if (problem !== undefined) return [`SF_PRIVATE_KEY_FILE ${path} ${problem}`];
  return isRsaKey(readSecretFile(path).reveal())
    ? []
    : [`SF_PRIVATE_KEY_FILE ${path} holds no RSA private key in PEM form`];
}

function isRsaKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
