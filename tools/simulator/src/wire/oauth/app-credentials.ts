import { randomBytes, timingSafeEqual, createHash } from 'node:crypto';
import { exportPKCS8, generateKeyPair, importSPKI, type CryptoKey } from 'jose';

/** The one external client app and the one approved user that this org knows. */
export interface AppCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly username: string;
  readonly password: string;
  /** As an administrator would have obtained it through a browser. */
  readonly refreshToken: string;
  /** Certificates of the app: any of them verifies an assertion. */
  readonly publicKeys: readonly CryptoKey[];
}

export const DEFAULT_CLIENT_ID = 'umbra-local-client';

/** A text of the given strength, for secrets that nobody has chosen. */
export const newSecret = (bytes = 24): string => randomBytes(bytes).toString('base64url');

export const importPublicKey = (pem: string): Promise<CryptoKey> => importSPKI(pem, 'RS256');

export async function newKeyPair(): Promise<{ publicKey: CryptoKey; privateKeyPem: string }> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', {
    modulusLength: 2048,
    extractable: true,
  });
  return { publicKey, privateKeyPem: await exportPKCS8(privateKey) };
}

/** Compares without telling by its time how much of a guess was right. */
export function isSecret(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
