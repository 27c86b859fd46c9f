import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportSPKI, exportPKCS8, generateKeyPair } from 'jose';
import { z } from 'zod';
import { DEFAULT_CLIENT_ID, newSecret } from './oauth/app-credentials.ts';

const stored = z.object({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  username: z.string().optional(),
  password: z.string().min(1),
  refreshToken: z.string().min(1),
  /** SPKI PEM; present when the key pair was generated here. */
  publicKey: z.string().optional(),
  privateKeyFile: z.string().optional(),
});

export type StoredCredentials = z.infer<typeof stored>;

export interface CredentialWishes {
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly username?: string | undefined;
  /** Generate a key pair for the JWT bearer flow unless one is there already. */
  readonly needsKeyPair: boolean;
}

/**
 * The simulator's secrets, kept across restarts in `<dataDir>/credentials.json`, readable by their owner only. What
 * the command line says goes before what the file says; what neither says is generated.
 * @throws Error naming the file when it is there and cannot be read
 */
export async function keepCredentials(
  dataDir: string,
  wishes: CredentialWishes,
): Promise<{ credentials: StoredCredentials; file: string }> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, 'credentials.json');
  const before = existsSync(file) ? readStored(file) : undefined;
  const username = wishes.username ?? before?.username;
  const credentials: StoredCredentials = {
    clientId: wishes.clientId ?? before?.clientId ?? DEFAULT_CLIENT_ID,
    clientSecret: wishes.clientSecret ?? before?.clientSecret ?? newSecret(),
    password: before?.password ?? newSecret(12),
    refreshToken: before?.refreshToken ?? newSecret(48),
    ...(username === undefined ? {} : { username }),
    ...(wishes.needsKeyPair ? await keyPair(dataDir, before) : {}),
  };
  writePrivate(file, `${JSON.stringify(credentials, null, 2)}\n`);
  return { credentials, file };
}

function readStored(file: string): StoredCredentials {
  try {
    return stored.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    throw new Error(`${file} is not a credentials file of the simulator: remove it to have a new one made`);
  }
}

async function keyPair(
  dataDir: string,
  before: StoredCredentials | undefined,
): Promise<{ publicKey: string; privateKeyFile: string }> {
  const { publicKey: known, privateKeyFile: knownFile } = before ?? {};
  if (known !== undefined && knownFile !== undefined && existsSync(knownFile))
    return { publicKey: known, privateKeyFile: knownFile };
  const privateKeyFile = join(dataDir, 'jwt-private.pem');
  const pair = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
  writePrivate(privateKeyFile, await exportPKCS8(pair.privateKey));
  return { publicKey: await exportSPKI(pair.publicKey), privateKeyFile };
}

function writePrivate(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 });
  // the mode above is for a new file only
  chmodSync(file, 0o600);
}
