import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Handler = (request: SeenRequest, response: ServerResponse) => void;

/**
 * A server on loopback that signs anybody in and otherwise answers whatever a test makes it answer: what no real org
 * and no faithful simulator of one would send.
 */
export class HostileOrg {
  readonly #server: Server;
  readonly seen: SeenRequest[] = [];
  /** Answers to everything but the token endpoint. */
  handler: Handler = (_request, response) => response.writeHead(500).end();
  /** Answers to the token endpoint. */
  tokenHandler: Handler = (_request, response) => sendJson(response, 200, this.tokenAnswer());

  private constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  static async start(): Promise<HostileOrg> {
    const org = new HostileOrg();
    org.#server.listen(0, '127.0.0.1');
    await once(org.#server, 'listening');
    return org;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  tokenAnswer(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    return {
      access_token: `00Dxx0000000001!token${this.tokenCalls}`,
      instance_url: this.url,
      id: `${this.url}/id/00D000000000001/005000000000001`,
      token_type: 'Bearer',
      scope: 'api',
      ...changes,
    };
  }

  get tokenCalls(): number {
    return this.seen.filter(({ url }) => url === '/services/oauth2/token').length;
  }

  /** Requests other than for tokens. */
  get calls(): readonly SeenRequest[] {
    return this.seen.filter(({ url }) => url !== '/services/oauth2/token');
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const seen = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
    this.seen.push(seen);
    response.on('error', () => undefined);
    (seen.url === '/services/oauth2/token' ? this.tokenHandler : this.handler)(seen, response);
  }
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8', ...headers });
  response.end(JSON.stringify(body));
}

/** What describe says of an object with these fields, by name and type. */
export function describeAnswer(
  object: string,
  fields: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return {
    name: object,
    keyPrefix: '001',
    queryable: true,
    fields: Object.entries(fields).map(([name, type]) => ({ name, type, soapType: 'xsd:string' })),
  };
}
