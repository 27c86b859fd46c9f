import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What the proxy does to every connection, open or new, until told otherwise. */
export type Fault =
  | { readonly kind: 'pass' }
  /** Each piece of data arrives `ms` later, both ways. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** Connections are cut, new ones at once. */
  | { readonly kind: 'down' }
  /** Connections stay open and new ones are accepted, but nothing comes through. */
  | { readonly kind: 'black-hole' }
  /** A connection is cut after this many bytes of answers. */
  | { readonly kind: 'limit'; readonly bytes: number };

/** A TCP proxy on loopback between the code under test and a real server. */
export class FaultProxy {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #fault: Fault = { kind: 'pass' };
  #swallowed = 0;

  private constructor(target: { host: string; port: number }) {
    this.#target = target;
    this.#server = createServer((client) => this.#serve(client));
  }

  static async start(target: { host: string; port: number }): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Bytes that the black hole has taken so far. */
  get swallowed(): number {
    return this.#swallowed;
  }

  /** The same URL with the proxy's host and port. */
  through(url: string): string {
    const changed = new URL(url);
    changed.hostname = '127.0.0.1';
    changed.port = String(this.port);
    return changed.href;
  }

  set(fault: Fault): void {
    this.#fault = fault;
    if (fault.kind === 'down') this.reset();
  }

  /** Cuts all open connections once (RST where the system allows). */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(client: Socket): void {
    this.#track(client);
    if (this.#fault.kind === 'down') {
      client.resetAndDestroy();
      return;
    }
    const upstream = this.#track(connect(this.#target.port, this.#target.host));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    let answered = 0;
    client.on('data', (data) => this.#forward(data, upstream));
    upstream.on('data', (data) => {
      answered += data.length;
      if (this.#fault.kind === 'limit' && answered > this.#fault.bytes) client.resetAndDestroy();
      else this.#forward(data, client);
    });
  }

  #forward(data: Buffer, to: Socket): void {
    switch (this.#fault.kind) {
      case 'black-hole':
        this.#swallowed += data.length;
        return;
      case 'latency': {
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          if (!to.destroyed) to.write(data);
        }, this.#fault.ms);
        this.#timers.add(timer);
        return;
      }
      case 'pass':
      case 'down':
      case 'limit':
        if (!to.destroyed) to.write(data);
    }
  }

  #track(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    return socket;
  }
}
