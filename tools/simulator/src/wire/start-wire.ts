import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Org } from '../org/org.ts';
import { createWireServer } from './http/wire-server.ts';
import {
  DEFAULT_CLIENT_ID,
  importPublicKey,
  newKeyPair,
  newSecret,
  type AppCredentials,
} from './oauth/app-credentials.ts';
import { SessionStore, type Session } from './oauth/session-store.ts';
import { wireRoutes } from './routes.ts';

export interface WireOptions {
  /** Default: any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** What token answers call `instance_url`, when clients reach the simulator by another address. */
  readonly instanceUrl?: string;
  /** SPKI PEM of the keys that sign JWT bearer assertions. Without any a pair is generated. */
  readonly jwtPublicKeys?: readonly string[];
  readonly clientId?: string;
  /** Secrets not given are generated. */
  readonly clientSecret?: string;
  readonly password?: string;
  readonly refreshToken?: string;
  /** Told of failures that are the simulator's own. Default: standard error. */
  readonly onFailure?: (error: unknown) => void;
}

/** What a client needs to log in. */
export interface SimulatorCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly username: string;
  readonly password: string;
  readonly refreshToken: string;
  /** PKCS#8 PEM; only when the pair was generated here. */
  readonly privateKey: string | undefined;
}

export interface Wire {
  /** Login URL and instance in one. */
  readonly url: string;
  readonly credentials: SimulatorCredentials;
  /** The living session of an access token. */
  readonly findSession: (token: string) => Session | undefined;
  /** Cuts requests under way; the org stays open. */
  close(): Promise<void>;
}

/** Serves an org over HTTP. */
export async function startWire(org: Org, options: WireOptions = {}): Promise<Wire> {
  const { host = '127.0.0.1', port = 0 } = options;
  const { credentials, privateKey } = await credentialsFor(options, org);
  const sessions = new SessionStore(org);
  let url = '';
  const wire = wireRoutes({
    org,
    credentials,
    sessions,
    instanceUrl: () => options.instanceUrl ?? url,
  });
  const server = createWireServer({
    org,
    sessions,
    routes: wire.routes,
    onFailure: options.onFailure ?? ((error) => process.stderr.write(`${failureText(error)}\n`)),
  });
  url = await listen(server, host, port);
  const { clientId, clientSecret, username, password, refreshToken } = credentials;
  return {
    url,
    credentials: { clientId, clientSecret, username, password, refreshToken, privateKey },
    findSession: (token) => sessions.find(token),
    async close() {
      await shut(server);
      wire.release();
    },
  };
}

const failureText = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

async function credentialsFor(
  options: WireOptions,
  org: Org,
): Promise<{ credentials: AppCredentials; privateKey: string | undefined }> {
  const pair = options.jwtPublicKeys === undefined ? await newKeyPair() : undefined;
  const given = await Promise.all((options.jwtPublicKeys ?? []).map(importPublicKey));
  return {
    privateKey: pair?.privateKeyPem,
    credentials: {
      clientId: options.clientId ?? DEFAULT_CLIENT_ID,
      clientSecret: options.clientSecret ?? newSecret(),
      username: org.identity.username,
      password: options.password ?? newSecret(12),
      refreshToken: options.refreshToken ?? newSecret(48),
      publicKeys: pair === undefined ? given : [pair.publicKey],
    },
  };
}

/** @throws the system's EADDRINUSE when the port is taken */
async function listen(server: Server, host: string, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  // the address of all interfaces is none that a client could call
  if (address.address === '0.0.0.0' || address.address === '::') return `http://127.0.0.1:${address.port}`;
  return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
}

async function shut(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
