import { once } from 'node:events';
import {
  Agent,
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { App } from './world.ts';

/** Looks at each member's readiness so often. An orchestrator takes a second or more. */
const EVERY_MS = 250;

/** A round-robin load balancer: sends requests to members that say they are ready, and repeats none. */
export class Front {
  readonly #server: Server;
  readonly #agent = new Agent({ keepAlive: true });
  readonly #members = new Map<App, boolean>();
  readonly #timer: NodeJS.Timeout;
  #turn = 0;

  private constructor() {
    this.#server = createServer((incoming, answer) => this.#pass(incoming, answer));
    this.#timer = setInterval(() => void this.#look(), EVERY_MS);
  }

  static async start(members: readonly App[]): Promise<Front> {
    const front = new Front();
    for (const member of members) front.#members.set(member, true);
    front.#server.listen(0, '127.0.0.1');
    await once(front.#server, 'listening');
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  add(member: App): void {
    this.#members.set(member, false);
  }

  /** For a member that has ended: until then its own readiness decides. */
  remove(member: App): void {
    this.#members.delete(member);
  }

  /** Whether a member gets requests. */
  sends(member: App): boolean {
    return this.#members.get(member) ?? false;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#agent.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #look(): Promise<void> {
    for (const member of this.#members.keys()) {
      const answer = await fetch(`${member.url}/health/ready`).catch(() => undefined);
      await answer?.arrayBuffer();
      if (this.#members.has(member)) this.#members.set(member, answer?.ok ?? false);
    }
  }

  #pass(incoming: IncomingMessage, answer: ServerResponse): void {
    const ready = [...this.#members].filter(([, isReady]) => isReady).map(([member]) => member);
    const member = ready[this.#turn++ % ready.length];
    if (member === undefined) {
      answer.writeHead(502).end('no member is ready');
      return;
    }
    const { headers, method, url = '/' } = incoming;
    const passed = request(
      `${member.url}${url}`,
      { agent: this.#agent, headers, ...(method === undefined ? {} : { method }) },
      (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
      },
    );
    passed.on('error', (error) => {
      if (!answer.headersSent) answer.writeHead(502);
      answer.end(error.message);
    });
    incoming.pipe(passed);
  }
}
