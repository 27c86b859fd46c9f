import { UmbraError } from '@umbra/domain';
import { z } from 'zod';
import type { ExchangeAnswer } from '../http/exchange.ts';
import { retryTime, translateAnswer } from '../translate-error.ts';

/** Why a sign-in was refused: a closed set, shown by `/health/queues`. */
export type SignInRefusal =
  | 'app-not-approved'
  | 'assertion-expired'
  | 'assertion-refused'
  | 'audience'
  | 'client'
  | 'domain'
  | 'flow-disabled'
  | 'ip-restricted'
  | 'org-inactive'
  | 'other'
  | 'session-not-for-api'
  | 'session-refused'
  | 'sign-ins-too-frequent'
  | 'user-inactive';

/** What to do about each, for the person who reads the message. */
const advice: Readonly<Record<SignInRefusal, string>> = {
  'app-not-approved':
    'the integration user is not approved for the app: assign it by permission set or profile',
  'assertion-expired': 'the assertion had expired on arrival: check the clock of this machine',
  'assertion-refused':
    'check SF_USERNAME, and that the certificate of SF_PRIVATE_KEY is the one uploaded to the app',
  audience: 'SF_JWT_AUDIENCE is no audience of this org',
  client: 'SF_CLIENT_ID or SF_CLIENT_SECRET is wrong',
  domain: 'SF_LOGIN_URL must be the My Domain URL of the org for this flow',
  'flow-disabled': 'the app does not allow this flow, or has no user to run as',
  'ip-restricted': 'the address of this machine is outside the login IP ranges',
  'org-inactive': 'the org is inactive',
  other: 'see the login history of the integration user in Salesforce Setup',
  'session-not-for-api':
    'the app or user may not use the REST API: check its policies and the API Enabled permission',
  'session-refused':
    'Salesforce grants tokens and then refuses them: see the session settings of the org and the app',
  'sign-ins-too-frequent':
    'tokens end soon after they are granted: see the session settings of the org and the app',
  'user-inactive': 'the integration user is inactive or locked',
};

export function isSignInRefusal(text: string): text is SignInRefusal {
  return Object.hasOwn(advice, text);
}

/** Error codes of RFC 6749 and Salesforce's own. Where a code has many causes, its description decides below. */
const reasonByError: Readonly<Record<string, SignInRefusal>> = {
  inactive_org: 'org-inactive',
  inactive_user: 'user-inactive',
  invalid_app_access: 'app-not-approved',
  invalid_client: 'client',
  invalid_client_id: 'client',
  invalid_client_credentials: 'client',
  unauthorized_client: 'flow-disabled',
  unsupported_grant_type: 'flow-disabled',
};

const reasonByDescription: readonly (readonly [RegExp, SignInRefusal])[] = [
  [/approved/i, 'app-not-approved'],
  [/audience/i, 'audience'],
  [/expired/i, 'assertion-expired'],
  [/locked|inactive user/i, 'user-inactive'],
  [/ip restricted/i, 'ip-restricted'],
  [/not supported on this domain/i, 'domain'],
  [/no client credentials user/i, 'flow-disabled'],
  [/assertion|signature|authentication failure|user/i, 'assertion-refused'],
];

const refusalBody = z.object({ error: z.string(), error_description: z.string().default('') });

export function credentialsRefused(
  reason: SignInRefusal,
  options: { readonly retryAt?: Date; readonly serverTime?: number } = {},
): UmbraError {
  return new UmbraError('SF_CREDENTIALS_REFUSED', `Salesforce refused the sign-in: ${advice[reason]}`, {
    ...(options.retryAt === undefined ? {} : { retryAt: options.retryAt }),
    details: {
      route: 'token',
      reason,
      ...(options.serverTime === undefined ? {} : { serverTime: options.serverTime }),
    },
  });
}

/** The token endpoint answers errors in a form of its own: `{"error", "error_description"}`. */
export function translateTokenRefusal(answer: ExchangeAnswer, body: string, now: Date): UmbraError {
  const refusal = parseRefusal(body);
  if (refusal === undefined || answer.status >= 500)
    return translateAnswer(
      { status: answer.status, body, retryAfter: answer.headers['retry-after'] },
      'token',
      now,
    );
  const { error, error_description: description } = refusal;
  // Salesforce allows 3,600 sign-ins per user and hour and says so in either field.
  if (error === 'rate_limit_exceeded' || /login rate exceeded/i.test(description))
    return new UmbraError('SF_THROTTLED', 'Salesforce asks to sign in less often', {
      ...retryTime(answer.headers['retry-after'] ?? '60', now),
      details: { route: 'token', status: answer.status },
    });
  const reason =
    reasonByError[error] ?? reasonByDescription.find(([text]) => text.test(description))?.[1] ?? 'other';
  const serverTime = Date.parse(answer.headers.date ?? '');
  return credentialsRefused(reason, Number.isNaN(serverTime) ? {} : { serverTime });
}

function parseRefusal(body: string): z.infer<typeof refusalBody> | undefined {
  try {
    return refusalBody.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
