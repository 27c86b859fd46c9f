import { createPrivateKey, type KeyObject } from 'node:crypto';
import { UmbraError, type Log } from '@umbra/domain';
import { readSecretFile, type SalesforceSettings, type Secret } from '@umbra/platform';

/** How this deployment proves who it is: a key of its own (JWT bearer), or a secret shared with the org. */
export type Credentials =
  | {
      readonly flow: 'jwt-bearer';
      readonly clientId: string;
      readonly username: string;
      readonly audience: string;
      /**
       * The key as of now: a file is read again each time, so a swapped key needs no restart. While the file cannot be
       * used (it may just be being written), the last key that could stays in use.
       */
      readonly readKey: () => SigningKey;
    }
  | { readonly flow: 'client-credentials'; readonly clientId: string; readonly clientSecret: Secret };

export interface SigningKey {
  readonly key: KeyObject;
  /** True when `other` is the same key. */
  readonly sameAs: (other: SigningKey) => boolean;
}

type CredentialSettings = Pick<
  SalesforceSettings,
  'loginUrl' | 'clientId' | 'username' | 'privateKey' | 'privateKeyFile' | 'jwtAudience' | 'clientSecret'
>;

/**
 * The credentials of the settings; the key is read once, so that an unusable one is found at start.
 * @throws UmbraError INPUT_CONFIGURATION naming the variable: no flow is complete, or the key cannot be used
 */
export function credentialsOf(settings: CredentialSettings, log: Log): Credentials {
  const { clientId, username, privateKey, privateKeyFile, clientSecret } = settings;
  if (username !== undefined && (privateKey !== undefined || privateKeyFile !== undefined)) {
    const readKey = privateKey === undefined ? keyFile(privateKeyFile as string, log) : keyText(privateKey);
    const audience = settings.jwtAudience ?? audienceFor(settings.loginUrl);
    return { flow: 'jwt-bearer', clientId, username, audience, readKey };
  }
  if (clientSecret === undefined)
    throw configuration('Set SF_USERNAME with SF_PRIVATE_KEY_FILE (or SF_PRIVATE_KEY), or SF_CLIENT_SECRET');
  return { flow: 'client-credentials', clientId, clientSecret };
}

function keyText(pem: Secret): () => SigningKey {
  const key = signingKey(pem, 'SF_PRIVATE_KEY');
  return () => key;
}

function keyFile(path: string, log: Log): () => SigningKey {
  const read = (): SigningKey => signingKey(readSecretFile(path), 'SF_PRIVATE_KEY_FILE');
  let last = read();
  return () => {
    try {
      last = read();
    } catch (error) {
      log.warn({ err: error }, 'key file cannot be used, the previous key stays');
    }
    return last;
  };
}

/** Production and sandboxes have an audience each, whatever My Domain the login URL names. */
function audienceFor(loginUrl: string): string {
  const { hostname } = new URL(loginUrl);
  const sandbox = hostname === 'test.salesforce.com' || hostname.endsWith('.sandbox.my.salesforce.com');
  return sandbox ? 'https://test.salesforce.com' : 'https://login.salesforce.com';
}

function signingKey(pem: Secret, variable: string): SigningKey {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem.reveal());
  } catch {
    // Node's own message is dropped: it may quote parts of the text.
    throw configuration(`${variable} is no private key in PEM form`);
  }
  if (key.asymmetricKeyType !== 'rsa')
    throw configuration(`${variable} is no RSA key; Salesforce takes RS256 only`);
  // RFC 7518 §3.3: RS256 needs 2048 bits, and Salesforce refuses shorter certificates
  if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < 2048)
    throw configuration(`${variable} is shorter than 2048 bits`);
  return { key, sameAs: (other) => key.equals(other.key) };
}

function configuration(problem: string): UmbraError {
  return new UmbraError('INPUT_CONFIGURATION', problem, { problems: [problem] });
}
