import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonFile, writePrivateFile } from './private-file.ts';

/** Passwords of the embedded servers. Made once and kept beside the data that they open. */
export interface ServicePasswords {
  readonly admin: string;
  readonly app: string;
  readonly redis: string;
}

/** Letters and digits only: it stands in URLs and configuration files. */
export function generatedPassword(): string {
  return randomBytes(24).toString('hex');
}

export function generatedPasswords(): ServicePasswords {
  return { admin: generatedPassword(), app: generatedPassword(), redis: generatedPassword() };
}

export function keptPasswords(dataFolder: string): ServicePasswords {
  const file = join(dataFolder, 'passwords.json');
  const kept = readJsonFile(file) as ServicePasswords | undefined;
  if (kept !== undefined) return kept;
  const passwords = generatedPasswords();
  writePrivateFile(file, JSON.stringify(passwords));
  return passwords;
}

/** The identity with which the apps log in to the simulated org. */
export interface SimulatorLogin {
  readonly clientId: string;
  readonly username: string;
  readonly privateKeyFile: string;
  readonly publicKeyFile: string;
}

export function keptSimulatorLogin(dataFolder: string): SimulatorLogin {
  const privateKeyFile = join(dataFolder, 'salesforce-private-key.pem');
  const publicKeyFile = join(dataFolder, 'salesforce-public-key.pem');
  if (!existsSync(privateKeyFile) || !existsSync(publicKeyFile)) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    writePrivateFile(publicKeyFile, publicKey);
    writePrivateFile(privateKeyFile, privateKey);
  }
  return {
    clientId: 'umbra-local-simulator',
    username: 'integration@umbra.example',
    privateKeyFile,
    publicKeyFile,
  };
}
