import { importPKCS8, SignJWT } from 'jose';
import type { Simulator } from '../start-simulator.ts';

/** An answer with its body read as text, and as JSON where it is some. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

export interface RawCall {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** The plainest of clients, for what libraries hide: status codes, headers, error bodies. */
export class RawClient {
  readonly version = 'v62.0';
  private readonly simulator: Simulator;
  /** The access token in use; empty before the login. */
  token = '';

  constructor(simulator: Simulator) {
    this.simulator = simulator;
  }

  async login(): Promise<this> {
    const { clientId, clientSecret } = this.simulator.credentials;
    const answer = await this.form('/services/oauth2/token', {
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
    });
    this.token = (answer.json as { access_token: string }).access_token;
    return this;
  }

  /** @param path below `/services/data/v62.0`, or absolute when it begins with `/services` or `/id` */
  async call(path: string, { method = 'GET', body, headers = {} }: RawCall = {}): Promise<RawAnswer> {
    const full = /^\/(?:services|id)\b/u.test(path) ? path : `/services/data/${this.version}${path}`;
    const response = await fetch(this.simulator.url + full, {
      method,
      headers: {
        Authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: 'error',
    });
    return read(response);
  }

  query(soql: string, resource = 'query'): Promise<RawAnswer> {
    return this.call(`/${resource}?q=${encodeURIComponent(soql)}`);
  }

  async form(
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = {},
  ): Promise<RawAnswer> {
    return read(
      await fetch(this.simulator.url + path, { method: 'POST', body: new URLSearchParams(fields), headers }),
    );
  }
}

async function read(response: Response): Promise<RawAnswer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true && text !== '';
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  };
}

/** An assertion as a client of this simulator would sign it. */
export async function assertionFor(
  simulator: Simulator,
  claims: Record<string, unknown> = {},
): Promise<string> {
  const { clientId, username, privateKey } = simulator.credentials;
  const key = await importPKCS8(privateKey ?? '', 'RS256');
  return new SignJWT({
    iss: clientId,
    sub: username,
    aud: 'https://login.salesforce.com',
    exp: Math.floor(simulator.org.clock.now() / 1000) + 180,
    ...claims,
  })
    .setProtectedHeader({ alg: 'RS256' })
    .sign(key);
}
